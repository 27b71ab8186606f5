"""Commands that let administrators in, and end their sessions."""

import click

from scheduler.cli.group import Context, _, fail, pass_context, words_for_trouble


@click.command(
    "login-link",
    help=_(
        "Print a link by which an administrator logs in to the office's pages, once, within half an hour. ADDRESS is "
        "one of `admins` in nhachan.yaml; without it, the first."
    ),
)
@click.argument("address", default="")
@pass_context
def login_link(context: Context, address: str) -> None:
    """`nhachan login-link`."""
    from scheduler.installation import Installation
    from scheduler.state import logins
    from scheduler.state.database import transaction

    configuration = context.configuration()
    admins = configuration.settings.admins
    if not admins:
        fail(_("No administrator is named: add `admins: [name@example.vn]` to {file}.").format(file=_file(context)))
    found = next((a for a in admins if a.casefold() == (address or admins[0]).casefold()), "")
    if not found:
        fail(_("“{address}” is not among `admins` in {file}.").format(address=address, file=_file(context)))
    with words_for_trouble(), transaction(Installation.open(configuration, context.state).engine) as session:
        token = logins.make_link(session, found, context.now, "cli", most=0)
    click.echo(_("Good once, within half an hour, for {address}:").format(address=found), err=True)
    click.echo(f"{configuration.settings.public_url}/login/{token}")


@click.command(help=_("End all sessions of administrators in the office's pages, or those of one ADDRESS."))
@click.argument("address", default="")
@pass_context
def logout(context: Context, address: str) -> None:
    """`nhachan logout`."""
    from scheduler.installation import Installation
    from scheduler.state import logins
    from scheduler.state.database import transaction

    configuration = context.configuration()
    with words_for_trouble(), transaction(Installation.open(configuration, context.state).engine) as session:
        count = logins.end_all(session, context.now, "cli", address)
    click.echo(_("Ended: {count} sessions and links not yet used.").format(count=count))


def _file(context: Context) -> object:
    return context.config / "nhachan.yaml"
