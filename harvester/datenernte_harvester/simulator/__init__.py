"""Simulated portals over real HTTP on loopback, for the demo and the tests.

Every name and key is invented. `catalogue` makes datasets, `files` the files behind them, `ckan`
and `dcat` speak a protocol, `faults` spoils answers on demand, `server` serves, `portals` puts the
demo's portals together.
"""
