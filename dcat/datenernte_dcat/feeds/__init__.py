"""The catalogue feeds: paged and in one document, in four serialisations."""
