"""Does the graph conform? Our SHACL shapes as Turtle, run compiled, with pySHACL as the reference.

`dcat-ap-3.0.ttl` and `dcat-ap-2.1.ttl` hold the European base rules, `dcat-ap.de-3.0.ttl` and
`dcat-ap.de-2.0.ttl` what Germany adds; `profiles.py` says which files make a profile. They are plain
SHACL Core: any engine can run them, with `background.ttl` and the vocabularies of
`datenernte_dcat/vocabularies/` in the data graph.
"""
