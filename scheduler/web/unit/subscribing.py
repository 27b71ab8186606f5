"""How people take a feed into the calendar that they use: links for each program, and a code for the phone."""

from dataclasses import dataclass
from urllib.parse import urlencode

from scheduler.translation import Text, text


@dataclass(frozen=True)
class Program:
    """A calendar program: a link that takes the reader on, if there is one, and what to do, step by step."""

    name: str
    link: str
    steps: tuple[Text, ...]


@dataclass(frozen=True)
class Subscription:
    """A feed to subscribe to. `code` is a picture (a `data:` URL) that a phone's camera reads as the webcal link."""

    url: str
    webcal: str
    code: str
    programs: tuple[Program, ...]


def subscription(url: str, name: str) -> Subscription:
    """The ways to subscribe to the feed at a URL.

    Google has no link that subscribes to another's feed and keeps working: its page for pasting one is linked.
    """
    import segno  # when the first page is asked for, not while the daemon starts

    webcal = "webcal" + url[url.index(":") :]
    office = "https://outlook.office.com/calendar/0/addfromweb?" + urlencode({"url": url, "name": name})
    google = "https://calendar.google.com/calendar/u/0/r/settings/addbyurl"
    paste = text("Paste the copied link.")
    programs = (
        Program(
            "Outlook",
            office,
            (
                text("On the web and in the new Outlook: press the button and choose “Import”."),
                text("Or: Calendar → Add calendar → Subscribe from web."),
                paste,
            ),
        ),
        Program(
            "Google",
            google,
            (
                text("Copy the link above, then press the button, on a computer."),
                paste,
                text("“Add calendar”. Changes can take a day to arrive there."),
            ),
        ),
        Program(
            "iPhone, iPad, Mac",
            webcal,
            (
                text("Press the button, or hold the phone's camera over the code."),
                text("“Subscribe”, then “Add”."),
                text("Or: Calendars → Add Calendar → Add Subscription Calendar."),
            ),
        ),
        Program(
            "Thunderbird",
            "",
            (text("New Calendar → On the Network."), paste, text("“Find Calendars”, then “Subscribe”.")),
        ),
    )
    code = segno.make(webcal, error="m", micro=False).svg_data_uri(scale=4, border=4, light="#fff")
    return Subscription(url, webcal, code, programs)
