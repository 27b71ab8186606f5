"""Commands that make, list and remove the keys of programs that use the JSON API."""

import re

import click

from scheduler.cli.group import Context, _, fail, pass_context, words_for_trouble
from scheduler.cli.reading import as_json
from scheduler.cli.show import show_json, show_table

_NAME = re.compile(r"[a-z0-9]+([.-][a-z0-9]+)*")


@click.command(
    "api-key",
    help=_("Make a key for a program that uses the JSON API, in place of the name's old one. It is shown once."),
)
@click.argument("name")
@click.option("--read-only", is_flag=True, help=_("It may read, but neither record nor withdraw submissions."))
@click.option("--remove", is_flag=True, help=_("Only take the name's key away."))
@pass_context
def api_key(context: Context, name: str, *, read_only: bool, remove: bool) -> None:
    """`nhachan api-key`."""
    from scheduler.installation import Installation
    from scheduler.state import api_keys
    from scheduler.state.database import transaction

    if not _NAME.fullmatch(name):
        fail(_("“{name}” will not do: use small letters a-z, digits, and . or - between them.").format(name=name))
    configuration = context.configuration()
    with words_for_trouble():
        engine = Installation.open(configuration, context.state).engine
        with transaction(engine) as session:
            if not remove:
                key = api_keys.make(session, name, context.now, "cli", records=not read_only)
            elif not api_keys.remove(session, name, context.now, "cli"):
                fail(_("“{name}” has no key.").format(name=name))
    if remove:
        click.echo(_("Removed: the key of {name} is refused from now on.").format(name=name))
        return
    click.echo(_("The key of {name}; it is not shown again:").format(name=name), err=True)
    click.echo(key)
    url = f"{configuration.settings.public_url}/api/openapi.json"
    click.echo(_("What it opens is described at {url}").format(url=url), err=True)


@click.command("api-keys", help=_("List the keys of programs that use the JSON API; the keys themselves are not kept."))
@as_json
@pass_context
def api_keys(context: Context, *, as_json: bool) -> None:
    """`nhachan api-keys`."""
    from scheduler.installation import Installation
    from scheduler.state.api_keys import listed
    from scheduler.state.database import transaction

    configuration = context.configuration()
    with words_for_trouble():
        engine = Installation.open(configuration, context.state).engine
        with transaction(engine) as session:
            found = listed(session)
    if as_json:
        show_json([{"name": k.name, "records": k.records, "made": k.made.isoformat()} for k in found])
        return
    zone = configuration.settings.timezone
    may = {True: _("read and record"), False: _("read")}
    rows = ((key.name, may[key.records], f"{key.made.astimezone(zone):%Y-%m-%d %H:%M}") for key in found)
    show_table("", (_("name"), _("may"), _("made")), rows, _("No keys."))
