"""The command with which one begins: a small configuration to change, from files that come with the program."""

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import click

from scheduler.cli.group import _, fail, words_for_trouble


@click.command(help=_("Write a small example configuration, with explanations, into a new or empty folder."))
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def init(folder: Path) -> None:
    """`nhachan init`."""
    with words_for_trouble():
        if folder.exists() and not folder.is_dir():
            fail(_("{folder} is a file: name a new folder, or an empty one.").format(folder=folder))
        if folder.is_dir() and any(folder.iterdir()):
            fail(_("{folder} is not empty: name a new folder, or an empty one.").format(folder=folder))
        _copy(files("scheduler") / "example", folder)
    click.echo(
        _(
            "An example configuration is in {folder}: settings in nhachan.yaml, units in units/, a plan that explains "
            "itself in plans/, days off in workdays/.\n"
            "Next:\n"
            "  nhachan --config {folder} check\n"
            "  nhachan --config {folder} run"
        ).format(folder=folder)
    )


def _copy(source: Traversable, to: Path) -> None:
    to.mkdir(parents=True, exist_ok=True)
    for entry in source.iterdir():
        if entry.is_dir():
            _copy(entry, to / entry.name)
        else:
            (to / entry.name).write_bytes(entry.read_bytes())
