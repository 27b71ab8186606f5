"""Secret links. A token is derived from one secret key, what the link opens, and how often it was renewed.

So no table of tokens is kept, and one link is revoked by counting up its generation. 160 bits, RFC 4648 base 32.
"""

import hmac
import os
import stat
import tempfile
from base64 import b32encode
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Engine

from scheduler.state.database import StateError, note, shared, transaction
from scheduler.state.key import KEY, KEY_BYTES, KEY_NOTE, name_of, read_key
from scheduler.state.logins import end_all
from scheduler.state.tables import Audit, Note
from scheduler.state.trouble import in_words
from scheduler.state.writing import let_owner_have, replacing
from scheduler.translation import Text, text

ALL = "all"


@dataclass(frozen=True)
class Target:
    """What a token opens: a feed or a page by its name (`all`, `plans/<plan>`, `units/<unit>`); revoked, or live."""

    kind: str  # feed, page
    name: str
    live: bool


class Links:
    """All links of an installation. `generations` counts the renewals of a name; without one it was never renewed."""

    def __init__(
        self, secret: bytes, public_url: str, names: Iterable[str], generations: Mapping[str, int] | None = None
    ) -> None:
        self._secret = secret
        self._generations = generations or {}
        self._url = public_url
        self._names = dict.fromkeys(names)
        self._targets: dict[str, Target] = {}
        self._live: dict[tuple[str, str], str] = {}
        for name in self._names:
            current = self._generations.get(name, 0)
            for kind in ("feed", "page"):
                for generation in range(current + 1):
                    token = self._token(kind, name, generation)
                    self._targets[token] = Target(kind, name, live=generation == current)
                self._live[kind, name] = token

    def _token(self, kind: str, name: str, generation: int) -> str:
        digest = hmac.digest(self._secret, f"{kind}:{name}:{generation}".encode(), "sha256")
        return b32encode(digest[:20]).decode().lower()

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def token(self, kind: str, name: str) -> str:
        """The live token of a feed or a page."""
        return self._live.get((kind, name)) or self._token(kind, name, self._generations.get(name, 0))

    def are_for(self, public_url: str, names: Iterable[str], generations: Mapping[str, int]) -> bool:
        """Whether they are the links of these names at this address, renewed so often."""
        return (self._url, self._names, self._generations) == (public_url, dict.fromkeys(names), generations)

    def resolve(self, token: str) -> Target | None:
        """What a token opens, or None. Timing tells nothing of a live token: all are digests under a secret key."""
        return self._targets.get(token)

    def feed(self, name: str) -> str:
        """The URL of a feed: `<public_url>/feeds/<token>/<name>.ics`."""
        return f"{self._url}/feeds/{self.token('feed', name)}/{quote(name.rsplit('/', 1)[-1])}.ics"

    def page(self, name: str) -> str:
        """The URL of a unit's page."""
        return f"{self._url}/u/{self.token('page', name)}"

    def sign(self, purpose: str) -> str:
        """A short proof that a form came from a page of ours."""
        return b32encode(hmac.digest(self._secret, f"form:{purpose}".encode(), "sha256")[:20]).decode().lower()


def link_names(plans: Iterable[str], units: Iterable[str]) -> list[str]:
    """The names that have links: all, each plan, each unit."""
    return [ALL, *(f"plans/{p}" for p in plans), *(f"units/{u}" for u in units)]


def secret_key(state: Path) -> bytes:
    """The secret key of a state folder, made (readable by its owner alone) at the first asking.

    It appears whole or not at all: with half a key, or none, everybody could work out the links.
    """
    file = state / KEY
    if not file.exists():
        _make_key(file)
    return read_key(file)


def _make_key(file: Path) -> None:
    descriptor, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)  # for its owner alone
    try:
        with os.fdopen(descriptor, "wb") as out:
            out.write(os.urandom(KEY_BYTES))
            out.flush()
            os.fsync(out.fileno())
        with suppress(FileExistsError):  # another process was quicker: its key counts
            os.link(name, file)
    finally:
        Path(name).unlink()


def exposed_key(state: Path) -> Text | None:
    """What to tell where others may read the secret key, or None."""
    file = state / KEY
    mode = stat.S_IMODE(file.stat().st_mode)
    if not mode & 0o077:
        return None
    return text(
        "others on this machine may read {file}, and so work out every link: run `chmod 600 {file}`; if anybody may "
        "have read it, stop nhachan and run `nhachan new-key`, which gives every unit new links",
        file=file,
    )


def database_key(engine: Engine, state: Path) -> bytes:
    """The secret key of the state folder, which must be the one that the database was first used with.

    It makes the links. Daemons that share a database must share it too; and a key that went astray is not replaced
    without a word, for that would give every unit new links.
    """
    with transaction(engine) as session:
        known = session.get(Note, KEY_NOTE)
        if known is None or (state / KEY).exists():
            secret = secret_key(state)
            if note(session, KEY_NOTE, name_of(secret)) == name_of(secret):
                return secret
    if shared(engine):
        problem = text(
            "{file} is not the key of this database — copy the file of that name from the machine where nhachan first "
            "ran with it; both machines must give the same links",
            file=state / KEY,
        )
    else:
        problem = text(
            "{file} is missing, or not the key that this database was used with — bring it back from a backup; if "
            "every unit is to have new links, run `nhachan new-key`",
            file=state / KEY,
        )
    raise StateError(problem)


def new_key(engine: Engine, state: Path, by: str, now: datetime) -> None:
    """Put another secret key in the place of the one that was: every link becomes another."""
    file = state / KEY
    with transaction(engine) as session, in_words(state):
        with replacing(file) as temporary:
            temporary.write_bytes(os.urandom(KEY_BYTES))
        let_owner_have(file, state)
        name = name_of(read_key(file))
        note(session, KEY_NOTE, name)
        session.get_one(Note, KEY_NOTE).value = name
        end_all(session, now, by)  # who read the key may have logged in
        session.add(Audit(at=now, actor=by, action="new-key"))
