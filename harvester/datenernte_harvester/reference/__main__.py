"""`python -m datenernte_harvester.reference` rewrites the pages; run it where `docs` is."""

import sys
from pathlib import Path

from datenernte_harvester.reference.pages import pages


def main(docs: Path) -> int:
    """Write every page below `docs`; 1 where there is no such folder."""
    if not docs.is_dir():
        return 1
    for path, content in pages().items():
        (docs / path).parent.mkdir(parents=True, exist_ok=True)
        (docs / path).write_text(content, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path("docs")))
