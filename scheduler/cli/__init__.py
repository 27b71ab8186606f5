"""The command `nhachan`: thin. Each command reads the configuration, asks the rooms below, and prints."""

import sys

from scheduler.cli.api_keys import api_key, api_keys
from scheduler.cli.beginning import init
from scheduler.cli.framework import speak_to_the_reader
from scheduler.cli.group import nhachan
from scheduler.cli.keeping import build, diff, run, send_test, status, units
from scheduler.cli.keeping_safe import backup, restore
from scheduler.cli.linking import links, new_key, revoke
from scheduler.cli.logging_in import login_link, logout
from scheduler.cli.reading import check, deadlines, import_units, preview, schema
from scheduler.cli.sending import hold, release
from scheduler.cli.submitting import submit, unsubmit

for command in (
    init,
    check,
    deadlines,
    preview,
    build,
    diff,
    run,
    units,
    links,
    revoke,
    new_key,
    login_link,
    logout,
    api_key,
    api_keys,
    import_units,
    submit,
    unsubmit,
    status,
    hold,
    release,
    send_test,
    backup,
    restore,
    schema,
):
    nhachan.add_command(command)


def main() -> None:
    """The entry point: exit 0 good, 1 what was asked is not so, 2 usage."""
    speak_to_the_reader()
    try:
        nhachan(prog_name="nhachan")
    except BrokenPipeError:  # the reader (`head`, say) has seen enough
        sys.stderr.close()
        sys.exit(0)
