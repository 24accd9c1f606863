"""Click in German: headings, help option, errors; commands load their module when called."""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from importlib import import_module
from typing import Any

import click

_HELP = "Diese Hilfe zeigen."


class _German:
    """Headings and help option in German; mixed into click's command classes."""

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        pieces = self.collect_usage_pieces(ctx)  # type: ignore[attr-defined]
        words = [_PIECES.get(piece, piece) for piece in pieces]
        formatter.write_usage(ctx.command_path, " ".join(words), prefix="Aufruf: ")

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option: click.Option | None = super().get_help_option(ctx)  # type: ignore[misc]
        if option is not None:
            option.help = _HELP
        return option

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write arguments and options with our own notes: those of click are English."""
        parameters: list[click.Parameter] = self.get_params(ctx)  # type: ignore[attr-defined]
        arguments = [
            (argument.make_metavar(ctx), argument.explanation)
            for argument in parameters
            if isinstance(argument, GermanArgument)
        ]
        options = [
            (record[0], _explanation(option, ctx))
            for option in parameters
            if isinstance(option, click.Option)
            and (record := option.get_help_record(ctx)) is not None
        ]
        for heading, rows in (("Argumente", arguments), ("Optionen", options)):
            if rows:
                with formatter.section(heading):
                    formatter.write_dl(rows)
        if isinstance(self, click.Group):
            self.format_commands(ctx, formatter)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples line by line: click would join them into one paragraph."""
        epilog: str | None = self.epilog  # type: ignore[attr-defined]
        if epilog:
            with formatter.section("Beispiele"):
                for line in epilog.strip().splitlines():
                    formatter.write(f"{'':{formatter.current_indent}}{line.strip()}\n")


_PIECES = {
    "[OPTIONS]": "[OPTIONEN]",
    "COMMAND [ARGS]...": "BEFEHL [ARGUMENTE]…",
}


class GermanArgument(click.Argument):
    """An argument that the help explains: `click.argument(…, cls=GermanArgument)`.

    Args of the constructor: `explanation` is a German sentence.
    """

    def __init__(self, *args: Any, explanation: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.explanation = explanation


def _explanation(option: click.Option, ctx: click.Context) -> str:
    """The help of an option with default, lowest value and duty in German behind it."""
    extra = option.get_help_extra(ctx)
    notes = []
    if "default" in extra:
        notes.append(f"Vorgabe: {extra['default']}")
    if isinstance(option.type, click.IntRange) and option.type.min is not None:
        notes.append(f"mindestens {option.type.min}")
    if option.required:
        notes.append("muss angegeben werden")
    return f"{option.help or ''}  [{'; '.join(notes)}]" if notes else option.help or ""


class GermanCommand(_German, click.Command):
    """A command with German headings."""


class GermanGroup(_German, click.Group):
    """A group with German headings whose commands are found in their modules when needed.

    Args of the constructor: `lazy` maps a command's name to (»module:attribute«, short help), so
    that `--version` and `--help` import nothing heavy.
    """

    command_class = GermanCommand

    def __init__(
        self, *args: Any, lazy: Mapping[str, tuple[str, str]] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.lazy = dict(lazy or {})

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of all commands, in the order of the help."""
        return [*self.lazy, *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, its module imported now; None if there is none."""
        if cmd_name not in self.lazy:
            return super().get_command(ctx, cmd_name)
        module, attribute = self.lazy[cmd_name][0].split(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing them."""
        rows = [(name, short) for name, (_, short) in self.lazy.items()]
        rows += [
            (name, command.get_short_help_str(80))
            for name, command in self.commands.items()
            if not command.hidden
        ]
        if rows:
            with formatter.section("Befehle"):
                formatter.write_dl(rows)


def usage_error(error: click.UsageError) -> str:
    """What is wrong with the call, as a German sentence."""
    hint = ""
    if isinstance(error, click.NoSuchOption):
        if error.possibilities:
            hint = f" Meinten Sie {' oder '.join(sorted(error.possibilities))}?"
        return f"Die Option {error.option_name} gibt es nicht.{hint}"
    if isinstance(error, click.MissingParameter):
        name = error.param.make_metavar(error.ctx) if error.param and error.ctx else "ein Wert"
        if isinstance(error.param, click.Option):
            name = " / ".join(error.param.opts)
        return f"Es fehlt: {name}."
    if isinstance(error, click.BadOptionUsage):
        if "does not take a value" in error.message:
            return f"Die Option {error.option_name} nimmt keinen Wert an."
        return f"Die Option {error.option_name} braucht einen Wert."
    if isinstance(error, click.BadParameter):
        name = (
            " / ".join(error.param.opts)
            if isinstance(error.param, click.Option)
            else error.param.human_readable_name
            if error.param
            else str(error.param_hint or "das Argument")
        )
        return f"Ungültiger Wert für {name}: {_german_reason(error.message)}"
    return _german_reason(error.message) + _nearest_command(error)


def _nearest_command(error: click.UsageError) -> str:
    """» Meinten Sie run?« behind a command that does not exist; else nothing."""
    unknown = re.match(r"No such command '(.+?)'", error.message)
    if unknown is None or error.ctx is None or not isinstance(error.ctx.command, click.Group):
        return ""
    near = get_close_matches(unknown[1], error.ctx.command.list_commands(error.ctx), n=1)
    return f" Meinten Sie {near[0]}?" if near else ""


def _german_reason(message: str) -> str:
    """The most frequent of click's English reasons in German; our own pass through."""
    for pattern, german in _REASONS:
        match = re.fullmatch(pattern, message)
        if match is not None:
            return german.format(*match.groups())
    return message


_REASONS = (
    (r"No such command (.+)\.", "Den Befehl {} gibt es nicht. »datenernte --help« zeigt alle."),
    (r"Got unexpected extra arguments? \((.+)\)", "Überzähliges Argument: {}."),
    (r"Missing command\.", "Es fehlt ein Befehl."),
    (r"(.+) is not a valid integer(?: range)?\.", "{} ist keine ganze Zahl."),
    (r"(.+) is not in the range x>=(\d+)\.", "{} ist kleiner als {}."),
    (r"(.+) is not one of (.+)\.", "{} ist nicht vorgesehen; möglich sind {}."),
    (r"File (.+) does not exist\.", "Die Datei {} gibt es nicht."),
    (r"Directory (.+) is a file\.", "{} ist eine Datei und kein Ordner."),
    (r"File (.+) is a directory\.", "{} ist ein Ordner und keine Datei."),
)
