"""Commands that keep something: feeds, submissions, mails, the daemon. They need the state folder."""

import logging
import os
import sys
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from scheduler.cli.group import Context, _, fail, ngettext, pass_context, trusted_moment, words_for_trouble
from scheduler.cli.reading import as_json
from scheduler.cli.show import complain, show_json, show_table
from scheduler.deadlines.words import short_day
from scheduler.logs import FORMATS, begin, in_journal
from scheduler.translation import terminal_language

if TYPE_CHECKING:
    from scheduler.feeds.calendars import Feed

_log = logging.getLogger("nhachan")

_KINDS = {
    "added": _("added"),
    "moved": _("moved"),
    "changed": _("changed"),
    "withdrawn": _("withdrawn"),
    "reinstated": _("reinstated"),
}


@click.command(help=_("Materialise the feeds once, into calendars/."))
@click.option(
    "--calendars",
    type=click.Path(path_type=Path, file_okay=False),
    help=_("Another folder than the one in nhachan.yaml."),
)
@pass_context
def build(context: Context, calendars: Path | None) -> None:
    """`nhachan build`."""
    from scheduler.installation import Installation

    configuration = context.configuration()
    complain(configuration.warnings)
    with words_for_trouble():
        installation = Installation.open(configuration, context.state)
        written = installation.publish(trusted_moment(context, installation), calendars, _shown)
    folder = calendars or configuration.settings.calendars
    count = len(written)
    told = ngettext("{count} feed written to {folder}.", "{count} feeds written to {folder}.", count)
    click.echo(told.format(count=count, folder=folder))


def _shown(feeds: Iterable["Feed"], count: int) -> Iterable["Feed"]:
    """A bar while feeds are written, for a person at a terminal."""
    if not sys.stderr.isatty():
        return feeds
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    return track(feeds, _("Writing feeds"), total=count, console=console, transient=True)


@click.command(help=_("Show what a reload would add, move, change or cancel, against what is published."))
@as_json
@pass_context
def diff(context: Context, *, as_json: bool) -> None:
    """`nhachan diff`."""
    from scheduler.installation import Installation

    configuration = context.configuration()
    with words_for_trouble():
        found = Installation.open(configuration, context.state).difference(context.now)
    if as_json:
        show_json(
            [
                {
                    "change": d.kind,
                    "deadline": d.key,
                    "before": d.before.to_json() if d.before else None,
                    "after": d.after.to_json() if d.kind != "withdrawn" else None,
                }
                for d in found
            ]
        )
        return

    def when(day: date | None) -> str:
        return short_day(day, terminal_language()) if day else ""

    rows = (
        (
            _KINDS[d.kind],
            d.key,
            " → ".join(
                dict.fromkeys(when(f.send_by) for f in (d.before, None if d.kind == "withdrawn" else d.after) if f)
            ),
            d.after.title,
        )
        for d in found
    )
    headings = (_("change"), _("deadline"), _("send by"), _("report"))
    show_table("", headings, rows, _("Nothing would change."))


@click.command(help=_("Run the daemon: feeds, reminders, web pages; reloads when files change or on SIGHUP."))
@click.option(
    "--log-format",
    type=click.Choice(FORMATS),
    envvar="NHACHAN_LOG",
    default="text",
    show_default="$NHACHAN_LOG, text",
    help=_("How the log is written: lines for people, or one JSON object a line."),
)
@pass_context
def run(context: Context, log_format: str) -> None:
    """`nhachan run`."""
    from scheduler.clock import now
    from scheduler.daemon import Daemon
    from scheduler.mail.connection import MailError
    from scheduler.watching import signature
    from scheduler.web.server import WebError

    saved = signature(context.config)
    configuration = context.configuration()
    for_people = log_format == "text" and not in_journal(sys.stderr)
    if for_people:
        complain(configuration.warnings)
    begin(log_format)
    if not for_people:
        for warning in configuration.warnings:
            _log.warning("%s", warning.render("en"), extra={"action": "config-warning"})
    tell = fail if for_people else _not_started
    with words_for_trouble(tell):
        try:
            Daemon(configuration, context.state, now, saved).run(_welcome if for_people else _started)
        except (MailError, WebError) as error:
            tell(error.problem.render(terminal_language()))


def _not_started(message: str) -> NoReturn:
    _log.critical("%s", message, extra={"action": "ended"})
    raise SystemExit(1)


def _started(daemon: "Daemon") -> None:  # type: ignore[name-defined] # noqa: F821 -- imported late, with the daemon
    """The same for a log, which is kept and read by others: no secret link."""
    _log.info("nhachan is running, pages at %s", daemon.site.settings.public_url, extra={"action": "started"})
    if daemon.catcher:
        _log.info("no mail server is configured: every mail stays here", extra={"action": "mail-kept-here"})


def _welcome(daemon: "Daemon") -> None:  # type: ignore[name-defined] # noqa: F821 -- imported late, with the daemon
    site = daemon.site
    settings = site.configuration.settings
    lines = ["", _("nhachan is running. Stop it with Ctrl-C.")]
    if os.environ.get("JOURNAL_STREAM"):  # of systemd: a log, where no secret link belongs
        lines.append(_("  Page:          {url}").format(url=f"{settings.public_url}/"))
        lines.append(_("  The secret links of the feeds: `nhachan links`"))
    else:
        lines.append(_("  Page:          {url}").format(url=f"{settings.public_url}/" if site.local else site.front()))
        lines.append(_("  All deadlines: {url}").format(url=site.links.feed("all")))
    if not site.local:
        lines.append(_("  To log in there: `nhachan login-link`"))
    lines.append(_("  Feeds as files: {folder}").format(folder=settings.calendars))
    if daemon.catcher:
        lines.append(
            _(
                "  Mail: nothing leaves this machine; what would be sent is shown on the page and kept in {folder}"
            ).format(folder=daemon.installation.state / "mail")
        )
    click.echo("\n".join((*lines, "")))


@click.command(
    help=_("List the units with their feed links and pages. The links are secret: whoever has one may use it.")
)
@as_json
@pass_context
def units(context: Context, *, as_json: bool) -> None:
    """`nhachan units`."""
    from scheduler.feeds.links import ALL
    from scheduler.installation import Installation

    configuration = context.configuration()
    with words_for_trouble():
        links = Installation.open(configuration, context.state).links
    found = [
        {
            "id": unit.id,
            "name": unit.name,
            "email": list(unit.email),
            "feed": links.feed(f"units/{unit.id}"),
            "page": links.page(f"units/{unit.id}"),
            "until": unit.until.isoformat() if unit.until else None,
        }
        for unit in configuration.register.units.values()
    ]
    if as_json:
        show_json(found)
        return
    rows = ((str(u["id"]), str(u["name"]), ", ".join(u["email"] or ()), str(u["page"]), str(u["feed"])) for u in found)
    show_table("", (_("id"), _("name"), _("mail"), _("page"), _("feed")), rows, _("No units."), links=True)
    if sys.stdout.isatty():
        click.echo(_("All deadlines: {url}").format(url=links.feed(ALL)))


@click.command(help=_("Show the next reminders, the last mails, failures, and the reports that are missing."))
@as_json
@pass_context
def status(context: Context, *, as_json: bool) -> None:
    """`nhachan status`."""
    from scheduler.cli.status import gather
    from scheduler.installation import Installation

    configuration = context.configuration()
    with words_for_trouble():
        found = gather(Installation.open(configuration, context.state), context.now)
    if as_json:
        show_json(found)
        return
    names = {
        "since": _("since"),
        "reason": _("reason"),
        "by": _("by"),
        "at": _("when"),
        "unit": _("unit"),
        "about": _("about"),
        "day": _("day"),
        "state": _("state"),
        "sent": _("sent"),
        "to": _("to"),
        "subject": _("subject"),
        "error": _("error"),
        "deadline": _("deadline"),
        "last_day": _("last day"),
        "missing": _("missing"),
        "expected": _("expected"),
    }
    titles = {
        "held": (_("Sending is held; `nhachan release` sends again"), ""),
        "next": (_("Next reminders"), _("None in the next 30 days.")),
        "mails": (_("Last mails"), _("None yet.")),
        "failures": (_("Failures"), _("None.")),
        "missing": (_("Missing reports"), _("None.")),
    }
    piped = not sys.stdout.isatty()
    for part, (title, empty) in titles.items():
        if not found[part] and not empty:
            continue
        if not piped:
            found[part] = found[part][:_SHOWN]
        rows = [[_cell(value) for value in row.values()] for row in found[part]]
        headings = [names[key] for key in found[part][0]] if found[part] else []
        show_table(title, headings, [[part, *row] for row in rows] if piped else rows, f"{title}: {empty}")


_SHOWN = 30
"""So many lines of each part of `status` are shown at a terminal; piped and as JSON, all."""


def _cell(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(value)
    return "" if value is None else str(value)


@click.command("send-test", help=_("Send one mail through the configured server; shows the real error if that fails."))
@click.argument("address")
@pass_context
def send_test(context: Context, address: str) -> None:
    """`nhachan send-test`."""
    from scheduler.mail.connection import MailError
    from scheduler.mail.password import read_password
    from scheduler.mail.testing import send_test as send

    configuration = context.configuration()
    mail = configuration.settings.mail
    if mail is None:
        fail(_("No mail server is configured: add `mail:` to {file}.").format(file=context.config / "nhachan.yaml"))
    try:
        send(mail, read_password(mail), address, context.now, configuration.settings)
    except MailError as error:
        fail(error.problem.render(terminal_language()))
    click.echo(
        _("The server took the mail to {address}. Look into that mailbox, also among unwanted mail.").format(
            address=address
        )
    )
