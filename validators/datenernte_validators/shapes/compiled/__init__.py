"""Shapes compiled once into closures that judge one description without rdflib's graphs.

pySHACL stays the reference: whatever it says is right here too, its deviations from the standard
included. A profile with anything that is not compiled (SPARQL, recursion, own components, slips)
runs through pySHACL as a whole, and says why; so does a single description with something that
rdflib reads in its own way (`NeedsReferenceError`).
"""
