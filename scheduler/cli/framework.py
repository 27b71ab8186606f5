"""The command line framework's own sentences in the reader's language: click looks them up in gettext's domain.

`SENTENCES` are those that a person meets here; they stand in this file so that they come into our catalogue.
"""

import gettext
import os

from scheduler.translation import LOCALES, terminal_language, text

SENTENCES = (
    text("Usage:"),
    text("Options"),
    text("Commands"),
    text("Show this message and exit."),
    text("Show the version and exit."),
    text("%(prog)s, version %(version)s"),
    text("Error: {message}"),
    text("Try '{command} {option}' for help."),
    text("No such command {name!r}."),
    text("No such option {name!r}."),
    text("Missing argument"),
    text("Missing option"),
    text("Missing command."),
    text("Invalid value for {param_hint}: {message}"),
    text("Option {name!r} does not take a value."),
    text("default: {default}"),
    text("required"),
    text("Aborted!"),
)


def speak_to_the_reader() -> None:
    """Let click speak the language of the terminal."""
    os.environ["LANGUAGE"] = terminal_language()
    gettext.bindtextdomain("nhachan", LOCALES)
    gettext.textdomain("nhachan")
