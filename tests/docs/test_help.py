"""`--help`: German to the last note, and nothing unexplained."""

import re

import click
import pytest

from datenernte_harvester.cli.german import GermanArgument
from datenernte_harvester.reference.commands_page import commands

CONTEXTS = dict(commands())


@pytest.mark.parametrize("name", CONTEXTS)
def test_nothing_of_click_is_left_in_english(name: str) -> None:
    shown = CONTEXTS[name].get_help()
    assert not re.search(r"\b(default|required|env var|Usage|Options|Arguments)\b|x>=", shown)


@pytest.mark.parametrize("name", CONTEXTS)
def test_every_argument_is_explained(name: str) -> None:
    for parameter in CONTEXTS[name].command.params:
        if isinstance(parameter, click.Argument):
            assert isinstance(parameter, GermanArgument)
            assert parameter.explanation.endswith(".")


@pytest.mark.parametrize("name", CONTEXTS)
def test_every_number_and_choice_tells_its_default(name: str) -> None:
    """A flag is off and a missing limit is none; every other default is shown or told."""
    for option in CONTEXTS[name].command.params:
        if not isinstance(option, click.Option) or option.is_flag or option.required:
            continue
        context = CONTEXTS[name]
        if isinstance(option.get_default(context), int):
            assert "default" in option.get_help_extra(context), option.opts
        if isinstance(option.type, click.Choice):
            assert "Vorgabe" in (option.help or ""), option.opts
