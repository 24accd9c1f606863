"""Searching the catalogue on a static host: an index of small files and a script that reads them."""
