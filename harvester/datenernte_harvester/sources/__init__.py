"""What spiders share: asking a source for its pages, reading its formats, and recognising it."""
