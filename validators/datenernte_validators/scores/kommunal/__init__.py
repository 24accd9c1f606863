"""Kommunal-Score: 0 to 100 points that help a municipality to improve; pure, weights are data.

`evidence` says what is known of a dataset, `own_checks`, `file_checks` and `content` judge it into
values, `dimensions` adds values up, `municipality` adds datasets up, `losses` and `advice` say
where points were lost and what to do, `comparison` and `trend` put a result beside others.
All numbers are integers or fractions: the same inputs give the same bytes on every machine.
"""
