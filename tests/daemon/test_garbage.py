"""The search for garbage passes over what is kept, and comes back to it after a while."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from scheduler.garbage import Garbage


class Ring:
    """Garbage that only a search finds."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    gc.enable()
    gc.unfreeze()


@pytest.mark.parametrize("search", [False, True])
def test_what_was_kept_and_became_garbage_is_found_in_the_end(search: bool) -> None:
    garbage, rings = Garbage(), []
    for _ in range(100):
        with garbage.kept(search=search):
            rings.append(weakref.ref(Ring()))
        garbage.look()
    gc.collect()
    left = sum(ring() is not None for ring in rings)
    assert left < 50, "what was kept is never let go"
    assert gc.isenabled()


def test_an_error_leaves_the_search_on() -> None:
    garbage = Garbage()
    with pytest.raises(ValueError, match="faulty"), garbage.kept(search=False):
        raise ValueError("faulty")
    assert gc.isenabled()


def test_the_search_passes_over_what_is_kept() -> None:
    garbage = Garbage()
    with garbage.kept(search=False):
        kept = weakref.ref(Ring())
    gc.collect()
    assert kept() is not None
