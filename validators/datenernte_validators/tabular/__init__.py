"""Tables: recognise encoding, dialect, layout and types, let Frictionless judge, say it in German.

The way of a file: `content` says what it is, `encoding` and `dialect` how it is written, `layout`
where the table stands in it, `inference` what its columns hold; `judge` hands all of that to
Frictionless, which decides nothing by itself but what is wrong; `german` turns its report into
findings. `table` is the door for files one trusts, `isolation` the door for all others.
"""
