"""Commands against the day on which the disk breaks: a backup, and the way back."""

import os
from pathlib import Path

import click

from scheduler import __version__
from scheduler.cli.group import Context, _, fail, pass_context, words_for_trouble
from scheduler.config.load import load
from scheduler.config.problems import ConfigError

_A_FILE = click.Path(path_type=Path, dir_okay=False)


def _uses_postgresql(context: Context) -> bool:
    # On the day a backup is wanted the configuration may have its own troubles, or not be there yet.
    try:
        database = load(context.config, context.now.astimezone().date()).settings.database
    except (ConfigError, OSError):
        return False
    return database != "sqlite"


@click.command(
    help=_(
        "Write the state (submissions, the mail ledger, the secret key) into one tar file. The daemon need not stop. "
        "Whoever has the file can open all links: keep it as you keep passwords."
    )
)
@click.argument("file", type=_A_FILE)
@click.option("--force", is_flag=True, help=_("Also over a file that is no backup."))
@pass_context
def backup(context: Context, file: Path, *, force: bool) -> None:
    """`nhachan backup`."""
    from scheduler.state.backup import back_up

    if _uses_postgresql(context):
        key = context.state / "secret.key"
        fail(
            _(
                "The database is PostgreSQL: back it up with PostgreSQL's own means, such as\n"
                "  pg_dump --format=custom --file=nhachan.dump nhachan\n"
                "and keep {key} beside it: without it all links would change."
            ).format(key=key)
        )
    _may_be_written(file, force=force)
    with words_for_trouble():
        manifest = back_up(context.state, file, __version__, context.now)
    size = sum(size for size, _sha256 in manifest.files.values())
    click.echo(_("Backed up into {file} ({size} kB).").format(file=file, size=-(-size // 1000)))


def _may_be_written(file: Path, *, force: bool) -> None:
    """Fail before anything is made where the backup has no place, or that of something else than an older backup."""
    from scheduler.state.backup import may_be_replaced

    folder = file.absolute().parent
    if not folder.is_dir():
        fail(_("There is no folder {folder}: make it first, or name another.").format(folder=folder))
    if not os.access(folder, os.W_OK | os.X_OK):
        fail(
            _(
                "Nothing may be written in {folder}: name a file in another folder, or give this one to the user that "
                "nhachan runs as (chown)."
            ).format(folder=folder)
        )
    if file.exists() and not (force or may_be_replaced(file)):
        fail(_("{file} is there already: name a new file, or add --force to write over it.").format(file=file))


@click.command(
    help=_(
        "Bring back the state from a file that `nhachan backup` wrote. The daemon must be stopped. The file is checked "
        "first, and nothing is changed where it is not sound."
    )
)
@click.argument("file", type=_A_FILE)
@click.option("--force", is_flag=True, help=_("Also into a folder that is not empty; what is replaced is laid aside."))
@pass_context
def restore(context: Context, file: Path, *, force: bool) -> None:
    """`nhachan restore`."""
    from scheduler.state.restore import restore as bring_back

    if _uses_postgresql(context):
        key = context.state / "secret.key"
        fail(
            _(
                "The database is PostgreSQL: bring it back with PostgreSQL's own means, such as\n"
                "  pg_restore --clean --if-exists --dbname=nhachan nhachan.dump\n"
                "and lay the secret key that belongs to it into {key}."
            ).format(key=key)
        )
    with words_for_trouble():
        manifest, aside = bring_back(file, context.state, force=force)
    made = manifest.made.astimezone().strftime("%d/%m/%Y %H:%M")
    click.echo(_("{path} is again as it was on {made}.").format(path=context.state, made=made))
    click.echo(_("What was recorded after that is not in it, and what was sent after that may be sent once more."))
    if aside:
        click.echo(_("What it replaced lies in {path}.").format(path=aside))
