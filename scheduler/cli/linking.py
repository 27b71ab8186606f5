"""Commands that show secret links, revoke them, and make all of them anew."""

from difflib import get_close_matches
from typing import TYPE_CHECKING, NoReturn

import click

from scheduler.cli.group import Context, _, fail, pass_context, trusted_moment, words_for_trouble
from scheduler.cli.reading import as_json
from scheduler.cli.show import show_json, show_table

if TYPE_CHECKING:
    from scheduler.feeds.links import Links


@click.command(help=_("List the secret links of everything; those of units are in `units` too."))
@as_json
@pass_context
def links(context: Context, *, as_json: bool) -> None:
    """`nhachan links`."""
    from scheduler.installation import Installation

    configuration = context.configuration()
    with words_for_trouble():
        found = Installation.open(configuration, context.state).links
    rows = [_links_of(found, name) for name in found]
    if as_json:
        show_json(rows)
        return
    table = ([row[key] or "" for key in ("name", "page", "feed")] for row in rows)
    show_table("", (_("name"), _("page"), _("feed")), table, _("No links."), links=True)


def _links_of(links: "Links", name: str) -> dict[str, str | None]:
    """Everything has a feed, and units have a page."""
    return {
        "name": name,
        "feed": links.feed(name),
        "page": links.page(name) if name.startswith("units/") else None,
    }


@click.command(
    help=_(
        "Revoke the links of a unit and show the new ones; the old ones are refused at once. Instead of a unit: "
        "`plans/PLAN`, or `all` (the feed of everything)."
    )
)
@click.argument("unit")
@as_json
@pass_context
def revoke(context: Context, unit: str, *, as_json: bool) -> None:
    """`nhachan revoke`."""
    from scheduler.installation import Installation
    from scheduler.state.lock import is_held

    configuration = context.configuration()
    with words_for_trouble():
        installation = Installation.open(configuration, context.state)
        name = _name(installation.links, unit)
        installation.revoke(name, "cli", context.now)
        # A unit's page is linked in its feed. Where a daemon runs it writes the feed anew; else it is done here.
        if name.startswith("units/") and not is_held(context.state):
            installation.publish(trusted_moment(context, installation))
    new = _links_of(installation.links, name)
    if as_json:
        show_json(new)
        return
    click.echo(_("Revoked: the old links of {name} are refused from now on. The new ones:").format(name=unit))
    if new["page"]:
        click.echo(_("  Page: {url}").format(url=new["page"]))
    click.echo(_("  Calendar: {url}").format(url=new["feed"]))


@click.command(
    "new-key",
    help=_(
        "Make a new secret key, if somebody may have read the old one: every link of every unit and plan becomes "
        "another, and administrators must log in again. The daemon must be stopped."
    ),
)
@click.confirmation_option(
    prompt=_("Every link becomes another, and the old ones lead nowhere. Go on?"), help=_("Do not ask.")
)
@pass_context
def new_key(context: Context) -> None:
    """`nhachan new-key`."""
    from scheduler.feeds.links import new_key as make
    from scheduler.state.database import open_database
    from scheduler.state.lock import hold

    configuration = context.configuration()
    with words_for_trouble(), hold(context.state):
        engine = open_database(context.state, configuration.settings.database)
        make(engine, context.state, "cli", context.now)
    click.echo(
        _(
            "The secret key is new. `nhachan run` or `nhachan build` writes the feeds anew; `nhachan units` lists the "
            "links."
        )
    )


def _name(links: "Links", asked: str) -> str:
    """The name of the links that are meant; where there are none, fails with the nearest."""
    found = [name for name in (asked, f"units/{asked}") if name in links]
    if not found:
        _unknown(links, asked)
    return found[0]


def _unknown(links: "Links", asked: str) -> NoReturn:
    known = [name.removeprefix("units/") for name in links]
    near = ", ".join(get_close_matches(asked, known, n=3, cutoff=0.5))
    hint = " " + _("Did you mean: {names}?").format(names=near) if near else ""
    fail(_("There are no links of “{value}”.").format(value=asked) + hint)
