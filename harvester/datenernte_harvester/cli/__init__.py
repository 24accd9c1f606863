"""The `datenernte` command: the only place that prints."""
