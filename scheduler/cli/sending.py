"""Commands that stop sending and let it go on."""

import click

from scheduler.cli.group import Context, _, fail, pass_context, words_for_trouble


@click.command(help=_("Hold all sending until `nhachan release`. Nothing is lost: what was missed is told then, once."))
@click.argument("reason", default="")
@pass_context
def hold(context: Context, reason: str) -> None:
    """`nhachan hold`."""
    from scheduler.installation import Installation
    from scheduler.reminders import brake
    from scheduler.state.database import transaction

    configuration = context.configuration()
    with words_for_trouble():
        engine = Installation.open(configuration, context.state).engine
        with transaction(engine) as session:
            done = brake.hold(session, reason, "cli", context.now)
    if not done:
        fail(_("Sending is held already."))
    click.echo(_("Sending is held. `nhachan release` lets it go on."))


@click.command(help=_("Let sending go on after a hold."))
@pass_context
def release(context: Context) -> None:
    """`nhachan release`."""
    from scheduler.installation import Installation
    from scheduler.reminders import brake
    from scheduler.state.database import transaction

    configuration = context.configuration()
    today = context.now.astimezone(configuration.settings.timezone).date()
    with words_for_trouble():
        engine = Installation.open(configuration, context.state).engine
        with transaction(engine) as session:
            done = brake.release(session, "cli", context.now, today)
    if not done:
        fail(_("Sending is not held."))
    click.echo(_("Sending goes on, within a minute where nhachan runs."))
