"""What holds for every spider: a newcomer adds one module and one folder, and nothing else."""

import inspect
from importlib import import_module
from pathlib import Path

import pytest

from datenernte_harvester.portal import source_types
from datenernte_harvester.sources.source_spider import SourceSpider
from datenernte_harvester.spiders import spider_class

FIXTURES = Path(__file__).parent.parent / "fixtures"


@pytest.mark.parametrize("name", source_types())
def test_a_spider_keeps_the_conventions(name: str) -> None:
    module = import_module(f"datenernte_harvester.spiders.{name}")
    spider = spider_class(name)
    mapping = getattr(module, f"dataset_from_{name}", None)

    assert module.__doc__
    assert issubclass(spider, SourceSpider)
    assert spider.name == name
    assert spider.__doc__
    assert spider.standard.startswith("https://")
    assert "start" in vars(spider)
    assert inspect.isfunction(mapping), f"{name}.py has no dataset_from_{name}"
    assert mapping.__doc__ is not None
    assert "Source:" in mapping.__doc__
    assert list((FIXTURES / name).glob("*/exchanges.json")), f"tests/fixtures/{name} is missing"


@pytest.mark.parametrize("name", source_types())
def test_callbacks_are_named_for_what_they_parse(name: str) -> None:
    assert "parse" not in vars(spider_class(name))


def test_every_folder_of_fixtures_belongs_to_a_spider() -> None:
    folders = {path.parent.parent.name for path in FIXTURES.glob("*/*/exchanges.json")}

    assert folders == set(source_types())


def test_a_module_without_its_spider_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    module = import_module("datenernte_harvester.spiders.ckan")
    monkeypatch.setattr(module.CkanSpider, "name", "other")

    with pytest.raises(LookupError):
        spider_class("ckan")
