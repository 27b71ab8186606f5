"""Whatever stands in the files: a configuration, or problems in them, never anything else."""

import shutil
import tempfile
from datetime import date
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.config.files import files_of
from scheduler.config.load import load
from scheduler.config.problems import ConfigError
from tests.config.test_config_load import PLAN, SETTINGS, UNITS, WORKDAYS, write

TODAY = date(2025, 1, 10)
SIGNS = [
    *"\n\t :-[]{}'\"#&*!|>%@`,?0129/aáđ",
    "\ufeff",
    "\u2028",
    "\x00",
    "  ",
    ": ",
    "- ",
    "\n\n",
    "null",
    "2026-",
    "\xff",
]


def loads(folder: Path) -> None:
    try:
        found = load(folder, TODAY)
    except ConfigError as error:
        found_problems = error.problems
        assert found_problems
    else:
        found_problems = found.warnings
    for problem in found_problems:
        assert problem.render("en").isprintable()
        assert problem.line > 0
        assert problem.column > 0


def good(folder: Path) -> Path:
    write(folder, nhachan=SETTINGS, units__a=UNITS, workdays__a=WORKDAYS, plans__a=PLAN)
    return folder


@st.composite
def mutated(draw: st.DrawFn) -> tuple[int, bytes]:
    which = draw(st.integers(0, 3))
    raw = (SETTINGS, UNITS, PLAN, WORKDAYS)[which].encode()
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(raw)))
        upto = min(len(raw), at + draw(st.integers(0, 12)))
        new = draw(st.one_of(st.sampled_from(SIGNS).map(str.encode), st.binary(max_size=3)))
        raw = raw[:at] + new + raw[upto:]
    return which, raw


@settings(max_examples=400, deadline=None)
@given(mutated())
def test_a_damaged_file_gives_problems_and_no_traceback(change: tuple[int, bytes]) -> None:
    which, raw = change
    with tempfile.TemporaryDirectory() as name:
        folder = good(Path(name) / "config")
        files_of(folder)[which].write_bytes(raw)
        loads(folder)


def test_a_line_left_out_or_written_twice(tmp_path: Path) -> None:
    folder = good(tmp_path)
    for path in files_of(folder):
        whole = path.read_text()
        lines = whole.splitlines(keepends=True)
        for number in range(len(lines)):
            for changed in (lines[:number] + lines[number + 1 :], [*lines[:number], lines[number], *lines[number:]]):
                path.write_text("".join(changed))
                loads(folder)
        path.write_text(whole)
    shutil.rmtree(folder)


_PLAIN = ["null", "true", "0", "-1", "99999999999", "''", '"\\n"', "abc", "2026", "31/12"]
_INNER_KEYS = ["before", "by", "in", "within", "after", "same_as", "day", "month", "rrule", "time", "annual", "once"]
_INNER_KEYS += ["from", "to", "period", "units", "reason"]
_KEYS = ["title", "years", "obligations", "id", "number", "issued", "issuer", "from", "to", "via", "due", "reminders"]
_KEYS += ["cutoff", "extensions", "form", "note", "collects"]


def _braces(found: dict[str, str]) -> str:
    return "{" + ", ".join(f"{key}: {value}" for key, value in found.items()) + "}"


_values = st.recursive(
    st.one_of(st.sampled_from(_PLAIN), st.text("ab:/ ", max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        st.dictionaries(st.sampled_from(_INNER_KEYS), inner, max_size=3).map(_braces),
    ),
    max_leaves=6,
)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(_KEYS), _values)
def test_any_value_under_any_key_of_a_plan(key: str, value: str) -> None:
    duty = {"id": "a", "title": "A", "from": "tuan-giao.ubnd", "to": "tuan-giao.ubnd", "due": "đột xuất"}
    plan = {"title": "A", "years": "2025"}
    (plan if key in ("title", "years", "number", "issued", "issuer", "obligations") else duty)[key] = value
    plan.setdefault("obligations", f"[{_braces(duty)}]")
    with tempfile.TemporaryDirectory() as name:
        folder = good(Path(name))
        (folder / "plans" / "b.yaml").write_text("".join(f"{k}: {v}\n" for k, v in plan.items()))
        loads(folder)
