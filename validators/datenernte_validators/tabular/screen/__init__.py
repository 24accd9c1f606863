"""The vectorised screen: the Frictionless report of a text table, many times faster, and the same.

Two rules make it exact. The screen may only call a row *certainly clean*; every other row goes
through Frictionless' own code, with its own row number and in its order. And what is not understood
falls back whole to plain Frictionless (`GiveUp`).

The way of a file: `blocks` reads it in pieces and cuts it into records exactly as `csv.reader`
does; `columns` says which cells of a field are certainly clean (`shapes` are its fast answers,
Frictionless' own cell reader the slow ones); `keys` remembers the values of unique fields and of
the primary key; `stream` gives Frictionless the rows that are left. `overview` makes the first look
over all rows (`rows.scan`) in the same way.
"""
