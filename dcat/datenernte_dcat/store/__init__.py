"""The store: portals, runs, records, findings and results, in SQLite or PostgreSQL."""
