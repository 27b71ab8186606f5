"""Units that are named by their name where their id is needed: `from: [UBND xã A]`."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cached_property

from scheduler.config.gather import Draft
from scheduler.config.parts import BLANK
from scheduler.config.problems import Problem
from scheduler.config.values import WRITTEN, slug
from scheduler.translation import Text, text

_MOST = 6


class Names:
    """Ids by names; accents, case and punctuation do not matter."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft

    @cached_property
    def _ids(self) -> dict[str, list[str]]:
        """Made when a name is looked up: nobody asks where every id is good."""
        found: dict[str, list[str]] = {}
        for placed in [*self._draft.units.values(), *self._draft.damaged]:
            unit = placed.thing
            if unit.name != BLANK:
                found.setdefault(slug(unit.name), []).append(unit.id)
        return found

    def meant(self, written: str) -> Text | None:
        """The advice to write an id, where it is a unit's name that is written."""
        ids = self._ids.get(slug(written), [])
        if len(ids) > 1:
            return text("name one of: {ids}", ids=", ".join(ids[:_MOST]) + (", …" if len(ids) > _MOST else ""))
        return text("did you mean “{meant}”?", meant=ids[0]) if ids else None

    def look_up(self, problems: Iterable[Problem]) -> Iterator[Problem]:
        """The problems, with better advice where a reference to a unit cannot be an id, but is a name."""
        for problem in problems:
            written = problem.problem.values.get(WRITTEN)
            advice = self.meant(str(written)) if written else None
            yield replace(problem, advice=advice) if advice else problem
