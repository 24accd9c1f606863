"""Fetch: portals in, records out; runs the stages and is the command line."""
