"""Long lists: found by words typed with accents or without, and shown a page at a time."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, TypeVar
from urllib.parse import urlencode

from scheduler.config.unit_list.listed import fold

_T = TypeVar("_T")
_plain = lru_cache(maxsize=50_000)(fold)
_TYPED = 100
"""Characters that anybody types to find something: each word more is looked for in everything."""


@dataclass(frozen=True)
class Paged(Generic[_T]):
    """One page of a list: what is on it, its number (from 1), how many there are, and how long the whole list is."""

    items: Sequence[_T]
    number: int
    last: int
    total: int


def paged(items: Sequence[_T], asked: str, size: int = 50) -> Paged[_T]:
    """The page that is asked for; the nearest where there is none of that number."""
    last = max((len(items) + size - 1) // size, 1)
    number = nearest(asked, 1, last, 1)
    return Paged(items[(number - 1) * size : number * size], number, last, len(items))


def nearest(asked: str, first: int, last: int, otherwise: int) -> int:
    """The number that is asked for, or the one nearest to it from `first` to `last`; another where it is none."""
    return min(max(int(asked), first), last) if asked.isdecimal() and len(asked) < 10 else otherwise


def words_of(typed: str) -> list[str]:
    """The words that somebody typed, each once; not those beyond what anybody types."""
    return list(dict.fromkeys(_plain(typed.strip()[:_TYPED]).split()))


def found(typed: str, *texts: str) -> bool:
    """Whether each of the words stands in one of the texts; `so y te` finds “Sở Y tế”."""
    return all(any(word in _plain(text) for text in texts) for word in words_of(typed))


def query_of(query: Mapping[str, str], names: Iterable[str], **changes: object) -> str:
    """What stands after `?` in a link: of the query these names, as they are or changed; nothing for what is empty."""
    wanted = {name: query.get(name, "") for name in names} | changes
    kept = {name: value for name, value in wanted.items() if value not in ("", None)}
    return f"?{urlencode(kept)}" if kept else "?"
