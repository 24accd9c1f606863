"""Tables: recognise encoding, dialect, layout and types, let Frictionless judge, say it in German.

The way of a file: `content` says what it is; `encoding` and `dialect` how a text is written,
`workbook`, `records`, `parquet` and `archive` read what is none; `layout` (with `shape`, `header`,
`totals`) says where the table stands in it, `counting` and `inference` what its columns hold,
`library` and `declared` which schema is the right one. `judge` hands all of that to Frictionless,
which decides nothing by itself but what is wrong, large files through `screen`; `observations`,
`doubts`, `subtotals` say what no schema can, and `german` turns the report into findings. `table`
is the door for files one trusts, `isolation` the door for all others; `files` has the door for
files of any kind. `checks` offers our own checks to every user of Frictionless, `suggestion`
writes a clean copy.
"""
