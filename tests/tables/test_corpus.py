"""The aims of recognition hold on a corpus of invented files with the flaws of real ones."""

import importlib.util
import sys
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest


@cache
def corpus() -> ModuleType:
    """The module beside this one; tests are imported without a package."""
    spec = importlib.util.spec_from_file_location(
        "table_corpus", Path(__file__).with_name("corpus.py")
    )
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["table_corpus"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> object:
    return corpus().measure(corpus().samples(), tmp_path_factory.mktemp("corpus"))


@pytest.mark.parametrize("measure", corpus().AIMS)
def test_every_measure_reaches_its_aim(measured: object, measure: str) -> None:
    mean = measured.mean(measure)  # type: ignore[attr-defined]  # loaded by path
    misses = "\n".join(measured.misses)  # type: ignore[attr-defined]
    print(f"{measure}: {mean:.3f}")
    assert mean >= corpus().AIMS[measure], misses


def test_every_file_has_a_name_of_its_own() -> None:
    names = [sample.name for sample in corpus().samples()]
    assert len(names) == len(set(names)) >= 120
