"""Every sentence of the pages has its Vietnamese, with the same places in it."""

import re
from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import scheduler.web

WEB = Path(scheduler.web.__file__).parent
PLACES = re.compile(r"(?<!\{)\{(\w+)\}(?!\})")
FUNCTIONS = {"_": None, "text": (1,)}


def originals() -> set[str]:
    methods = [("**.py", "python"), ("**.html", "jinja2")]
    found = extract_from_dir(WEB, method_map=methods, keywords=FUNCTIONS)
    return {message for _, _, message, _, _ in found if isinstance(message, str) and message}


def vietnamese() -> dict[str, str]:
    found: dict[str, str] = {}
    for file in (*WEB.parent.glob("locale/vi/LC_MESSAGES/*.po"), *WEB.glob("*.po.part")):
        with file.open("rb") as lines:
            found |= {str(m.id): str(m.string) for m in read_po(lines) if m.id and m.string and not m.fuzzy}
    return found


def test_nothing_is_left_untranslated() -> None:
    words = vietnamese()
    wanted = originals()
    assert len(wanted) > 100
    assert wanted - words.keys() == set()
    for original in wanted:
        assert set(PLACES.findall(original)) == set(PLACES.findall(words[original])), original
