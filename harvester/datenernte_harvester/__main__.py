"""`python -m datenernte_harvester` is `datenernte`."""

from datenernte_harvester.cli.main import main

main()
