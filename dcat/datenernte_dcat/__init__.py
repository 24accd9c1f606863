"""Know: records, vocabularies, RDF, the store, feeds and the site."""
