"""Pages of docs/reference and the schema of the settings, made of what the code knows."""
