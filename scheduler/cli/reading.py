"""Commands that read the configuration alone: they need no database and send nothing."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scheduler.cli.group import Context, Day, _, fail, ngettext, pass_context, words_for_trouble
from scheduler.cli.show import complain, show_json, show_json_list, show_table
from scheduler.config.load import Configuration, without_collecting
from scheduler.deadlines.expand import expand
from scheduler.deadlines.listing import listed
from scheduler.deadlines.words import long_day, short_day
from scheduler.translation import terminal_language

if TYPE_CHECKING:
    from scheduler.reminders.digest import Digest

as_json = click.option("--json", "as_json", is_flag=True, help=_("For programs: JSON on stdout."))
DAY = Day()


@click.command(
    help=_("Read the configuration and print every problem: FILE:LINE:COL: what is wrong — what to write instead.")
)
@pass_context
def check(context: Context) -> None:
    """`nhachan check`."""
    configuration = context.configuration()
    complain(configuration.warnings)
    register = configuration.register
    duties = sum(len(plan.obligations) for plan in register.plans.values())
    click.echo(
        _("Good. Plans: {plans}, duties: {duties}, units: {units}.").format(
            plans=len(register.plans), duties=duties, units=len(register.units)
        )
    )


def known(configuration: Configuration, what: str, value: str | None) -> None:
    """Fail, with the nearest names, unless a unit or plan exists."""
    names = configuration.register.units if what == "unit" else configuration.register.plans
    if value is None or value in names:
        return
    from difflib import get_close_matches

    near = ", ".join(get_close_matches(value, names, n=3, cutoff=0.5))
    message = _("There is no unit “{value}”.") if what == "unit" else _("There is no plan “{value}”.")
    hint = " " + _("Did you mean: {names}?").format(names=near) if near else ""
    fail(message.format(value=value) + hint)


@click.command(
    help=_("List the deadlines whose send-by day lies in a window, and the undated duties of plans in force.")
)
@click.option("--from", "start", type=DAY, help=_("The first day; today by default."))
@click.option("--to", "end", type=DAY, help=_("The last day, itself in the window; the horizon by default."))
@click.option("--unit", help=_("Only what this unit reports."))
@click.option("--plan", help=_("Only this plan."))
@as_json
@pass_context
def deadlines(
    context: Context, start: date | None, end: date | None, unit: str | None, plan: str | None, *, as_json: bool
) -> None:
    """`nhachan deadlines`."""
    configuration = context.configuration()
    known(configuration, "unit", unit)
    known(configuration, "plan", plan)
    today = context.now.astimezone(configuration.settings.timezone).date()
    start = start or today
    end = end or max(start, today) + configuration.settings.horizon
    if end < start:
        fail(_("The window ends on {end}, before it begins on {start}.").format(start=start, end=end))
    found = [
        d
        for d in expand(configuration.register, start, end)
        if (plan is None or d.plan.id == plan) and (unit is None or unit in d.units)
    ]
    if as_json:
        with without_collecting():
            show_json_list(map(listed, found))
        return
    language = terminal_language()
    rows = (
        (
            long_day(d.send_by, language) + (f" {d.at:%H:%M}" if d.at else "") if d.send_by else _("undated"),
            short_day(d.last_day, language) if d.last_day else "",
            f"{d.plan.id} {d.obligation.id} {d.period.id}",
            d.title,
            d.wording + (" " + _("(provisional)") if d.provisional else ""),
            ngettext("{count} unit", "{count} units", len(d.units)).format(count=len(d.units)),
        )
        for d in found
    )
    headings = (_("send by"), _("last day"), _("deadline"), _("report"), _("the plan says"), _("who"))
    title = _("Deadlines from {start} to {end}").format(start=short_day(start, language), end=short_day(end, language))
    show_table(title, headings, rows, _("No deadlines in this window."))


@click.command(help=_("Show the mails that would go out in a window if nobody submitted. Nothing is sent."))
@click.option("--from", "start", type=DAY, required=True, help=_("The first day."))
@click.option("--to", "end", type=DAY, required=True, help=_("The last day, itself in the window."))
@click.option("--unit", help=_("Only the mails to this unit."))
@click.option("--text", "as_text", is_flag=True, help=_("The mails themselves, as text."))
@as_json
@pass_context
def preview(context: Context, start: date, end: date, unit: str | None, *, as_text: bool, as_json: bool) -> None:
    """`nhachan preview`."""
    from scheduler.reminders.digest import preview as preview_mails

    configuration = context.configuration()
    known(configuration, "unit", unit)
    if end < start:
        fail(_("The window ends on {end}, before it begins on {start}.").format(start=start, end=end))
    if end - start > timedelta(days=3660):
        fail(_("The window is longer than ten years."))
    hour, zone = configuration.register.ladder.at, configuration.settings.timezone
    found = (m for m in preview_mails(configuration.register, start, end) if unit in (None, m.unit.id))
    if as_json:
        with without_collecting():
            show_json_list(_previewed(mail, mail.at(hour, zone)) for mail in found)
        return
    from scheduler.mail.letter import Letters
    from scheduler.mail.message import Desk, office_of
    from scheduler.mail.subject import subject
    from scheduler.mail.words import Words

    register, settings = configuration.register, configuration.settings
    if as_text:
        office = office_of(settings, settings.uid_domain or "localhost", configuration.folder)
        for mail in found:
            at = mail.at(hour, zone)
            desk = Desk(office, register.units, register.workdays)
            written = desk.compose(mail, message_id="<preview@localhost>", now=at)
            to = ", ".join((*mail.to, *mail.cc))
            click.echo(f"{at:%Y-%m-%d %H:%M}  {to}\n{written.subject}\n\n{written.text}\n{'=' * 72}")
        return
    words = Words(settings.language)
    rows = (
        (
            f"{mail.at(hour, zone):%Y-%m-%d %H:%M}",
            mail.unit.name,
            ", ".join((*mail.to, *(f"cc {a}" for a in mail.cc))),
            subject(Letters(words, register.units, register.workdays).of(mail), words),
        )
        for mail in found
    )
    show_table("", (_("when"), _("unit"), _("to"), _("subject")), rows, _("No mails in this window."))


def _previewed(mail: "Digest", at: datetime) -> dict[str, object]:
    items = [
        {"plan": item.facts.plan, "obligation": item.facts.obligation, "period": item.facts.period, "rung": item.rung}
        for item in mail.items
    ]
    return {"at": at.isoformat(), "unit": mail.unit.id, "to": list(mail.to), "cc": list(mail.cc), "items": items}


@click.command("import-units", help=_("Turn a list of units (CSV or XLSX) into a units file on stdout."))
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help=_("Write to this file, whole and only if the list is good, instead of stdout."),
)
@click.option("--force", is_flag=True, help=_("Also over a file that is there already."))
def import_units(file: Path, output: Path | None, *, force: bool) -> None:
    """`nhachan import-units`."""
    from scheduler.config.unit_list import ListError
    from scheduler.config.unit_list import import_units as read_list
    from scheduler.feeds.calendars import replace_file

    language = terminal_language()
    try:
        units, notes = read_list(file)
    except ListError as error:
        for problem in error.problems:
            click.echo(problem.render(language), err=True)
        raise SystemExit(1) from error
    for note in notes:
        click.echo(note.render(language), err=True)
    if output is None:
        click.echo(units, nl=False)
        return
    if output.exists() and not force:
        fail(_("{file} is there already: name a new file, or add --force to write over it.").format(file=output))
    with words_for_trouble():
        replace_file(output, units.encode())
    click.echo(_("Written to {file}.").format(file=output))


@click.command(help=_("Print the JSON Schema of the configuration files, for editors that complete and check YAML."))
def schema() -> None:
    """`nhachan schema`."""
    from scheduler.config.json_schema import json_schema

    show_json(json_schema())
