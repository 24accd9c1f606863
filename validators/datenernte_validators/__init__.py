"""Judge: records and files in, findings and scores out."""
