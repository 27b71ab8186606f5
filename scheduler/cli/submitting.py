"""Commands that record and withdraw submissions."""

from datetime import date

import click

from scheduler.cli.group import Context, Day, _, fail, pass_context, words_for_trouble
from scheduler.cli.reading import known
from scheduler.config.load import Configuration
from scheduler.deadlines.expand import whole_plan
from scheduler.deadlines.plans import Deadline
from scheduler.deadlines.words import short_day
from scheduler.translation import terminal_language


def _report(
    configuration: Configuration, context: Context, plan: str, obligation: str, period: str, unit: str
) -> Deadline:
    """The deadline that a submission is for; fails, naming what there is, where there is none."""
    known(configuration, "plan", plan)
    known(configuration, "unit", unit)
    register = configuration.register
    today = context.now.astimezone(configuration.settings.timezone).date()
    found = list(whole_plan(register, register.plans[plan], today + configuration.settings.horizon))

    def pick(candidates: list[Deadline], names: list[str], value: str, message: str) -> None:
        if not candidates:
            fail(message.format(value=value, names=", ".join(dict.fromkeys(names))))

    of_duty = [d for d in found if d.obligation.id == obligation]
    pick(
        of_duty,
        [d.obligation.id for d in found],
        obligation,
        _("There is no obligation “{value}” in this plan; it has: {names}."),
    )
    of_period = [d for d in of_duty if d.period.id == period]
    pick(
        of_period,
        [d.period.id for d in of_duty],
        period,
        _("There is no period “{value}” of this obligation; it has: {names}."),
    )
    of_unit = [d for d in of_period if unit in d.units]
    reporters = [u for d in of_period for u in d.units]
    pick(of_unit, reporters, unit, _("“{value}” does not report here; these do: {names}."))
    return of_unit[0]


_four = [click.argument(name) for name in ("unit", "period", "obligation", "plan")]


def _report_arguments(command: click.decorators.FC) -> click.decorators.FC:
    for argument in _four:
        command = argument(command)
    return command


@click.command(
    help=_("Record that a unit has submitted a report, such as: submit binh-dinh-2025 ket-qua 2025-Q1 UNIT.")
)
@_report_arguments
@click.option("--ref", default="", help=_("The number of the document."))
@click.option("--on", "day", type=Day(), help=_("The day of submission; today by default."))
@pass_context
def submit(context: Context, plan: str, obligation: str, period: str, unit: str, ref: str, day: date | None) -> None:
    """`nhachan submit`."""
    from scheduler.deadlines.facts import facts_of
    from scheduler.installation import Installation
    from scheduler.reminders.digest import report
    from scheduler.reminders.submissions import submit as record
    from scheduler.state.database import transaction

    configuration = context.configuration()
    deadline = _report(configuration, context, plan, obligation, period, unit)
    today = context.now.astimezone(configuration.settings.timezone).date()
    if day and day > today:
        fail(_("{day} is in the future.").format(day=short_day(day, terminal_language())))
    with words_for_trouble():
        engine = Installation.open(configuration, context.state).engine
        with transaction(engine) as session:
            new = record(session, report(deadline, unit), day or today, ref, "cli", context.now)
    if not new:
        fail(_("This report is recorded as submitted already."))
    if deadline.last_day is None:
        click.echo(_("Recorded: {unit}, {title}.").format(unit=unit, title=deadline.title))
        return
    timeliness = facts_of(deadline, configuration.register).timeliness(day or today)
    said = {"on-time": _("on time"), "on-stated-day": _("on the stated day"), "late": _("late")}[timeliness.value]
    click.echo(_("Recorded: {unit}, {title}, {timeliness}.").format(unit=unit, title=deadline.title, timeliness=said))


@click.command(help=_("Withdraw a recorded submission."))
@_report_arguments
@pass_context
def unsubmit(context: Context, plan: str, obligation: str, period: str, unit: str) -> None:
    """`nhachan unsubmit`."""
    from scheduler.installation import Installation
    from scheduler.reminders.digest import Report
    from scheduler.reminders.submissions import withdraw
    from scheduler.state.database import transaction

    configuration = context.configuration()
    with words_for_trouble():
        installation = Installation.open(configuration, context.state)
        with transaction(installation.engine) as session:
            done = withdraw(session, Report(plan, obligation, period, unit), "cli", context.now)
    if not done:
        fail(_("No such submission is recorded."))
    click.echo(_("Withdrawn."))
