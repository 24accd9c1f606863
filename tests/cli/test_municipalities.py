"""`municipalities.toml` and the official directory that fills it."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from datenernte_dcat.errors import ConfigError
from datenernte_dcat.municipalities import Municipality
from datenernte_harvester.cli.main import exit_code
from datenernte_harvester.municipalities.directory import Directory, read_directory
from datenernte_harvester.municipalities.file import (
    FILE_NAME,
    read_municipalities,
    write_municipalities,
)

CATALOG = """[catalog]
title = "Katalog"
description = "Probe"
publisher = "Amt"
base_url = "https://daten.example.org/"
"""
PULLACH = """# Unsere Kommunen

[[municipality]]
key = "09184139"
name = "Pullach"
type = "Gemeinde"
population = 9000
population_date = 2022-12-31
lon = 11.52
lat = 48.06
unverified = ["population", "lon", "lat"]
"""


def line(
    level: int,
    key: str,
    name: str,
    *,
    day: str = "20241231",
    association: str = "",
    kind: str = "",
    area: int | None = None,
    population: int | None = None,
    postcode: str = "",
) -> str:
    """A line of GV100AD, 220 characters long."""
    text = f"{level}{day}{key:<8}{association:<4}{name:<50}{'':50}{kind:<2}{'':4}"
    if level == 60:
        text += f"{area or 0:011d}{population or 0:011d}{(population or 0) // 2:011d}"
        text += f"{'':4}{postcode:<5}"
    return f"{text:<220}"


def directory_text(day: str = "20241231") -> str:
    """A small GV100AD: Bavaria with a city, a district of two, an area of nobody; one of Hesse."""
    return "\r\n".join(
        [
            line(10, "09", "Bayern", day=day),
            line(20, "091", "Oberbayern", day=day),
            line(40, "09162", "München, Landeshauptstadt", day=day, kind="41"),
            line(
                60, "09162000", "München, Landeshauptstadt", day=day, association="0000",
                kind="61", area=31071, population=1_505_005, postcode="80331",
            ),
            line(40, "09184", "München", day=day, kind="44"),
            line(50, "09184", "Pullach i.Isartal", day=day, association="0139", kind="50"),
            line(
                60, "09184139", "Pullach i.Isartal", day=day, association="0139",
                kind="64", area=741, population=9012, postcode="82049",
            ),
            line(
                60, "09184444", "Perlacher Forst", day=day, association="9444", kind="66", area=1000
            ),
            line(40, "09772", "Augsburg", day=day, kind="44"),
            line(
                60, "09772177", "Meitingen, M", day=day, association="0177", kind="60",
                area=3063, population=11912, postcode="86405",
            ),
            line(10, "06", "Hessen", day=day),
            line(40, "06412", "Frankfurt am Main, Stadt", day=day, kind="41"),
            line(
                60, "06412000", "Frankfurt am Main, Stadt", day=day, kind="61", area=24831,
                population=775_790, postcode="60311",
            ),
        ]
    )  # fmt: skip


def workbook(path: Path, **cells: object) -> Path:
    """An AuszugGV as published: headings over three rows, text numbers, footnotes at the end."""
    book = openpyxl.Workbook()
    book.active.title = "Deckblatt"
    book.active["A1"] = "Gemeindeverzeichnis-Informationssystem"
    sheet = book.create_sheet("Onlineprodukt_Gemeinden31122024")
    sheet["A1"] = cells.get("title", "Gemeinden in Deutschland nach Fläche, Bevölkerung und PLZ")
    sheet["A2"] = cells.get("state", "Gebietsstand: 31.12.2024 (4. Quartal)")
    for row in (
        (
            "Satz-\nart|Text-\nkenn-\nzeichen|Amtlicher Regionalschlüssel (ARS)|||||Gemeindename|Fläche"
            "|Bevölkerung||||Post-\nleit-\nzahl 3)|Geografische Mittelpunktkoordinaten||Reisegebiete|"
        ),
        "||||||||km² 1)|auf Grundlage des Zensus 2022 2)",
        (
            "||Land|RB|Kreis|VB|Gem|||insgesamt|männlich|weiblich|je km2||Längengrad|Breitengrad"
            "|Schlüssel|Bezeichnung"
        ),
        "10||09|||||Bayern",
        "40|44|09|1|84|||München",
        "50|50|09|1|84|0139||Pullach i.Isartal",
    ):
        sheet.append([cell or None for cell in row.split("|")])
    key = ["60", "64", "09", "1", "84", "0139", "139", "Pullach i.Isartal"]
    people = [cells.get("population", 9012), 4300, 4712, 1216]
    sheet.append([*key, 7.41, *people, "82049", cells.get("lon", "11,521"), "48,0566", "A01"])
    sheet.append([None])
    sheet.append(["1) Fläche am 31.12.2023."])
    sheet.append([cells.get("footnote", "2) Bevölkerung am 31.12.2023, Zensus 2022.")])
    book.save(path)
    book.close()
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "ernte"
    (place / "portals").mkdir(parents=True)
    (place / "datenernte.toml").write_text(CATALOG, encoding="utf-8")
    return place


@pytest.fixture
def official(tmp_path: Path) -> Path:
    path = tmp_path / "GV100AD_31122024.txt"
    path.write_bytes(directory_text().encode())
    return path


def by_key(directory: Directory) -> dict[str, Municipality]:
    return {one.key: one for one in directory.municipalities}


def test_the_text_file_gives_name_kind_people_area_and_postcode(official: Path) -> None:
    found = by_key(read_directory(official))
    assert found["09772177"] == Municipality(
        key="09772177",
        name="Meitingen",
        type="Markt",
        population=11912,
        population_date=date(2024, 12, 31),
        area_km2=30.63,
        postcode="86405",
    )


def test_districts_and_laender_have_the_sums_of_their_municipalities(official: Path) -> None:
    found = by_key(read_directory(official))
    assert found["09184"].type == "Landkreis"
    assert found["09184"].title == "Landkreis München"
    assert found["09184"].population == 9012
    assert found["09184"].area_km2 == pytest.approx(17.41)
    assert found["09"].population == 1_505_005 + 9012 + 11912


def test_a_city_is_a_municipality_and_no_district(official: Path) -> None:
    found = by_key(read_directory(official))
    assert "09162" not in found
    assert (found["09162000"].name, found["09162000"].type) == ("München", "Kreisfreie Stadt")


def test_areas_of_nobody_are_left_out_and_counted(official: Path) -> None:
    directory = read_directory(official)
    assert "09184444" not in by_key(directory)
    assert directory.skipped == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "cp850"])
def test_the_text_file_is_read_in_each_of_its_encodings(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "gv.asc"
    path.write_bytes(directory_text().encode(encoding))
    assert by_key(read_directory(path))["09162000"].name == "München"


def test_the_workbook_gives_the_position_too(tmp_path: Path) -> None:
    directory = read_directory(workbook(tmp_path / "AuszugGV4QAktuell.xlsx"))
    assert directory.layout == "AuszugGV"
    assert directory.as_of == date(2024, 12, 31)
    assert by_key(directory)["09184139"] == Municipality(
        key="09184139",
        name="Pullach i.Isartal",
        type="Gemeinde",
        population=9012,
        population_date=date(2023, 12, 31),
        area_km2=7.41,
        postcode="82049",
        lon=11.521,
        lat=48.0566,
    )


def test_the_day_of_the_population_is_never_guessed(tmp_path: Path) -> None:
    path = tmp_path / "gv.txt"
    path.write_text(directory_text("20240331"), encoding="utf-8")
    with pytest.raises(ConfigError, match="--population-date"):
        read_directory(path)
    told = read_directory(path, date(2022, 12, 31))
    assert by_key(told)["09772177"].population_date == date(2022, 12, 31)
    with pytest.raises(ConfigError, match="--population-date"):
        read_directory(workbook(tmp_path / "a.xlsx", footnote="2) Zensus 2022"))


@pytest.mark.parametrize("state", ["", "Gebietsstand: 31.12.2023, Gebietsstand: 31.12.2022"])
def test_the_name_of_the_sheet_tells_the_day_where_no_words_do(tmp_path: Path, state: str) -> None:
    directory = read_directory(workbook(tmp_path / "a.xlsx", state=state))
    assert directory.as_of == date(2024, 12, 31)


def wrong_line(path: Path) -> None:
    lines = directory_text().splitlines()
    path.write_text("\n".join([*lines[:4], "Pullach;9012;82049", *lines[4:]]), encoding="utf-8")


def shifted_columns(path: Path) -> None:
    path.write_text(directory_text().replace("00000031071", "0000003107x"), encoding="utf-8")


def other_workbook(path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["AGS", "Name", "Einwohner"])
    book.save(path)
    book.close()


def no_archive(path: Path) -> None:
    import zipfile

    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("GV100AD_31122024.txt", directory_text())


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: path.write_text("AGS;Name\n09162000;München\n"), "kein Gemeindeverzeichnis"),
        (lambda path: path.write_text(""), "kein Gemeindeverzeichnis"),
        (wrong_line, "Zeile 5: Hier beginnt kein Satz"),
        (shifted_columns, "Zeile 4: Textkennzeichen, Fläche oder Bevölkerung ist keine Zahl"),
        (other_workbook, "keine Arbeitsmappe des Gemeindeverzeichnisses"),
        (no_archive, "entpacken Sie bitte vorher"),
        (lambda path: workbook(path, population="viele"), "Zeile 9: »viele« ist keine Zahl"),
        (lambda path: workbook(path, lon="48,05"), "liegen nicht in Deutschland"),
        (lambda path: None, "nicht lesbar"),
    ],
)
def test_another_layout_is_refused_in_german(
    tmp_path: Path, make: Callable[[Path], object], message: str
) -> None:
    path = tmp_path / "datei.xlsx"
    make(path)
    with pytest.raises(ConfigError, match=message):
        read_directory(path)


def test_importing_replaces_only_what_the_file_has(
    folder: Path, official: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / FILE_NAME).write_text(PULLACH, encoding="utf-8")
    command = ["municipalities", "import", str(official), "-C", str(folder), "--state", "09"]
    assert exit_code([*command, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert {one["key"] for one in document["added"]} == {
        "09", "09162000", "09184", "09772", "09772177"
    }  # fmt: skip
    assert {(one["field"], one["before"], one["after"]) for one in document["changed"]} == {
        ("name", "Pullach", "Pullach i.Isartal"),
        ("population", 9000, 9012),
        ("population_date", "2022-12-31", "2024-12-31"),
        ("area_km2", None, 7.41),
        ("postcode", None, "82049"),
    }
    after = read_municipalities(folder)["09184139"]
    assert after.position == (11.52, 48.06)
    assert after.unverified == ("lon", "lat")
    assert (folder / FILE_NAME).read_text(encoding="utf-8").startswith("# Unsere Kommunen\n")


def test_a_second_import_changes_nothing_and_writes_nothing(
    folder: Path, official: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["municipalities", "import", str(official), "-C", str(folder)]
    assert exit_code(command) == 0
    before = (folder / FILE_NAME).stat()
    assert exit_code(command) == 0
    assert "0 neu, 0 Werte geändert, 8 Kommunen unverändert" in capsys.readouterr().out
    after = (folder / FILE_NAME).stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_trial_import_writes_nothing(folder: Path, official: Path) -> None:
    assert (
        exit_code(["municipalities", "import", str(official), "-C", str(folder), "--dry-run"]) == 0
    )
    assert not (folder / FILE_NAME).exists()


def test_what_the_directory_does_not_have_stays_and_is_named(
    folder: Path, official: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / FILE_NAME).write_text(PULLACH.replace("09184139", "09184999"), encoding="utf-8")
    assert exit_code(["municipalities", "import", str(official), "-C", str(folder)]) == 0
    assert "bleibt wie bisher: 09184999 Pullach" in capsys.readouterr().err
    assert "09184999" in read_municipalities(folder)


def test_a_failed_import_leaves_the_old_file(folder: Path, tmp_path: Path) -> None:
    (folder / FILE_NAME).write_text(PULLACH, encoding="utf-8")
    broken = tmp_path / "gv.txt"
    wrong_line(broken)
    assert exit_code(["municipalities", "import", str(broken), "-C", str(folder)]) == 2
    assert (folder / FILE_NAME).read_text(encoding="utf-8") == PULLACH
    assert sorted(path.name for path in folder.iterdir()) == [
        "datenernte.toml", FILE_NAME, "portals"
    ]  # fmt: skip


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    hostile = Municipality(
        key="09162000",
        name='Mün"chen\\ \n\x7f [[x]]',
        type="Kreisfreie Stadt",
        population=1,
        population_date=date(2024, 12, 31),
        lon=11.5,
        lat=48.0,
        unverified=("lon", "lat"),
    )
    write_municipalities(tmp_path, [hostile])
    assert read_municipalities(tmp_path) == {"09162000": hostile}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("population =", "poplation =", "»09184139«: Unbekannter Schlüssel »poplation«. Meinten"),
        ("[[municipality]]", "[[municipalities]]", "Unbekannter Schlüssel »municipalities«"),
        ("[[municipality]]", "[municipality]", "beginnt mit der Zeile"),
        ("09184139", "0918413", "kein Gemeindeschlüssel"),
        ("2022-12-31", '"gestern"', "einen ungültigen Wert|erwartet"),
        ("population_date = 2022-12-31\n", "", "gehören zusammen"),
        ("lon = 11.52\n", "", "gehören zusammen"),
        ("lat = 48.06", "lat = 480.6", "nicht zwischen -90 und 90"),
        ('["population"', '["bevölkerung"', "»unverified« nennt »bevölkerung«"),
        ('name = "Pullach"\n', "", "Der Schlüssel »name« fehlt"),
    ],
)
def test_a_wrong_entry_is_named(folder: Path, old: str, new: str, message: str) -> None:
    (folder / FILE_NAME).write_text(PULLACH.replace(old, new), encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        read_municipalities(folder)


def test_a_key_stands_once(folder: Path) -> None:
    (folder / FILE_NAME).write_text(PULLACH + PULLACH, encoding="utf-8")
    with pytest.raises(ConfigError, match="zweimal"):
        read_municipalities(folder)


def test_checking_names_what_portals_need_and_what_cannot_be_right(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "portals" / "haar.toml").write_text(
        'title = "Haar"\nsource_type = "ckan"\nurl = "https://haar.example.org"\n'
        'municipality = "091840123123"\n',
        encoding="utf-8",
    )
    swapped = PULLACH.replace("lon = 11.52\nlat = 48.06", "lon = 48.06\nlat = 11.52")
    (folder / FILE_NAME).write_text(swapped, encoding="utf-8")
    assert exit_code(["municipalities", "check", "-C", str(folder), "--json"]) == 2
    document = json.loads(capsys.readouterr().out)
    assert [(one["key"], one["portal"]) for one in document["problems"]] == [
        ("09184123", "haar"),
        ("09184139", None),
    ]
    assert "vertauscht" in document["problems"][1]["problem"]
    assert document["unverified"] == 1


def test_a_sound_file_is_checked_with_0(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / FILE_NAME).write_text(PULLACH, encoding="utf-8")
    assert exit_code(["municipalities", "check", "-C", str(folder)]) == 0
    assert exit_code(["municipalities", "list", "-C", str(folder)]) == 0
    assert "Einwohner, Länge, Breite" in capsys.readouterr().out


@pytest.mark.parametrize("state", ["9", "17", "bayern"])
def test_no_land_is_refused(folder: Path, state: str) -> None:
    assert exit_code(["municipalities", "list", "-C", str(folder), "--state", state]) == 2


def test_a_run_tells_a_mistake_before_its_first_request(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "portals" / "haar.toml").write_text(
        'title = "Haar"\nsource_type = "ckan"\nurl = "https://haar.example.org"\n',
        encoding="utf-8",
    )
    (folder / FILE_NAME).write_text(PULLACH.replace("lon", "lomg"), encoding="utf-8")
    assert exit_code(["run", "-C", str(folder)]) == 2
    assert "Unbekannter Schlüssel »lomg«" in capsys.readouterr().err
    assert not (folder / "datenernte.db").exists()
