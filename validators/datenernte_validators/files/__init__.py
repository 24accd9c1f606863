"""Files that are no tables: what they are, whether that is what was promised, and their inner faults.

One module for each kind: each takes a path or a parsed document and yields findings. `door` decides
which one is asked.
"""
