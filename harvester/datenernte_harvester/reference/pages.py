"""All generated pages by their path below `docs`."""

from datenernte_harvester.reference.commands_page import commands_page
from datenernte_harvester.reference.faults_page import faults_page
from datenernte_harvester.reference.file_schemas import file_schemas
from datenernte_harvester.reference.findings_page import findings_page
from datenernte_harvester.reference.scores_page import scores_page
from datenernte_harvester.reference.settings_page import settings_page
from datenernte_harvester.reference.settings_schema import settings_schema


def pages() -> dict[str, str]:
    """Path → content of every file that is made, not written."""
    return {
        "reference/befehle.md": commands_page(),
        "reference/befunde.md": findings_page(),
        "reference/einstellungen.md": settings_page(),
        "reference/stoerungen.md": faults_page(),
        "scores.md": scores_page(),
        "schemas/config.json": settings_schema(),
        **{f"schemas/toml/{name}.json": text for name, text in file_schemas().items()},
    }
