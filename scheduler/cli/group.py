"""What all commands share: where the configuration and the state are, dates as arguments, failing in words."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from scheduler import __version__
from scheduler.cli.show import complain
from scheduler.clock import now
from scheduler.config.load import Configuration, load
from scheduler.config.problems import ConfigError
from scheduler.translation import catalogue, terminal_language

if TYPE_CHECKING:
    from scheduler.installation import Installation

_ = catalogue(terminal_language()).gettext
ngettext = catalogue(terminal_language()).ngettext


def fail(message: str) -> NoReturn:
    """End with a message for people on stderr and exit code 1."""
    click.echo(message, err=True)
    raise SystemExit(1)


@dataclass
class Context:
    """Where things are, and when it is."""

    config: Path
    state: Path
    now: datetime

    def configuration(self) -> Configuration:
        """The configuration; all its problems on stderr and exit 1 where it has any."""
        try:
            return load(self.config, self.now.astimezone().date())
        except ConfigError as error:
            complain(error.problems)
            raise SystemExit(1) from error


pass_context = click.make_pass_decorator(Context)


class Day(click.ParamType[date]):
    """A day as an argument: 2026-05-31 or 31/5/2026."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The day; a usage error where the text is none."""
        if isinstance(value, date):
            return value
        for form in ("%Y-%m-%d", "%d/%m/%Y"):
            try:
                return datetime.strptime(value, form).date()  # noqa: DTZ007 -- a day has no zone
            except ValueError:
                continue
        return self.fail(_("“{value}” is no day; write 2026-05-31 or 31/5/2026").format(value=value), param, ctx)


def default_state() -> Path:
    """$NHACHAN_STATE, else systemd's state directory, else ./state."""
    systemd = os.environ.get("STATE_DIRECTORY", "").split(":")[0]
    return Path(os.environ.get("NHACHAN_STATE") or systemd or "state")


@click.group(
    help=_(
        "Keeps the reporting duties of published plans: calendar feeds to subscribe to, reminders by mail.\n\n"
        "Write plans as YAML in the configuration folder, `nhachan check` them, then let `nhachan run` keep them."
    ),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    envvar="NHACHAN_CONFIG",
    default=Path("config"),
    show_default="$NHACHAN_CONFIG, ./config",
    help=_("The folder with nhachan.yaml, units/, plans/ and workdays/."),
)
@click.option(
    "--state",
    type=click.Path(path_type=Path),
    default=None,
    show_default="$NHACHAN_STATE, ./state",
    help=_("The folder in which is kept what happened: submissions, the mail ledger, the secret key."),
)
# Named here, because click looks its own sentence up before it knows the language.
@click.version_option(__version__, prog_name="nhachan", help=_("Show the version and exit."))
@click.pass_context
def nhachan(ctx: click.Context, config: Path, state: Path | None) -> None:
    """The group of all commands."""
    ctx.obj = Context(config, state or default_state(), now())


@contextmanager
def words_for_trouble(tell: Callable[[str], NoReturn] = fail) -> Iterator[None]:
    """Turn what can go wrong with files and the database into a message and exit 1."""
    from scheduler.state.database import StateError

    try:
        yield
    except StateError as error:
        tell(error.problem.render(terminal_language()))
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        tell(f"{where}{error.strerror or error}")


def trusted_moment(context: Context, installation: "Installation") -> datetime:
    """The moment to write feeds by: the clock's, or where it jumped the last one that was good, with a word on stderr.

    The daemon holds the sending then; a command leaves that to it.
    """
    from scheduler.reminders import brake
    from scheduler.state.database import transaction

    with transaction(installation.engine) as session:
        moment, jumped = brake.trusted(session, context.now)
    if jumped:
        said = _(
            "This machine's clock jumped from {before} to {now}: the feeds are written as of the former. Set the clock "
            "right; where it is right already, run `nhachan release`, and this once more."
        )
        click.echo(said.format(before=f"{moment:%Y-%m-%d}", now=f"{context.now:%Y-%m-%d}"), err=True)
    return moment
