"""A backup brought back. It is checked first, laid ready in the state folder, and takes its place by renaming.

From the moment all is laid ready (the folder `restoring`) until all has its place, no nhachan opens the state: a
power cut in between leaves a folder that is refused with words, never half of the old and half of the new.
"""

import os
import shutil
import stat
import tarfile
import tempfile
from hashlib import sha256
from itertools import count
from pathlib import Path

from scheduler.state.backup import MANIFEST, Manifest, examine
from scheduler.state.database import FILE as DATABASE
from scheduler.state.database import RESTORING
from scheduler.state.key import KEY, KEY_BYTES
from scheduler.state.lock import LOCK, hold
from scheduler.state.schema import check_version
from scheduler.state.trouble import StateError, in_words
from scheduler.state.writing import let_owner_have, settle
from scheduler.translation import text

_REPLACED = (DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm", KEY)
_MANIFEST_AT_MOST = 100_000
_PIECE = 1 << 20


def restore(file: Path, state: Path, *, force: bool = False) -> tuple[Manifest, Path | None]:
    """Bring a backup back into a state folder: what it is, and where the files that it replaced were laid.

    StateError, and nothing changed, where the file is no sound backup, a daemon keeps the folder, or the folder is
    not empty (unless `force`).
    """
    with file.open("rb"):  # whether it can be read at all is known before anything is made
        pass
    with hold(state), in_words(state):
        if not force and (found := _others(state)):
            problem = text(
                "the state folder {path} is not empty: it has {name} — with --force what the backup replaces is laid "
                "aside",
                path=state,
                name=found[0],
            )
            raise StateError(problem)
        staged = Path(tempfile.mkdtemp(prefix=".restore-", dir=state))
        try:
            manifest = _unpack(file, staged)
            aside = _swap(staged, state)
        finally:
            shutil.rmtree(staged, ignore_errors=True)
    return manifest, aside


def _others(state: Path) -> list[str]:
    return sorted(path.name for path in state.iterdir() if path.name not in (LOCK, "lost+found"))


def _unpack(file: Path, folder: Path) -> Manifest:
    try:
        return _unpacked(file, folder)
    except (tarfile.TarError, EOFError, ValueError, KeyError) as error:
        problem = text(
            "{file} is no sound backup of nhachan's: {reason}", file=file, reason=" ".join(str(error).split())
        )
        raise StateError(problem) from error


def _unpacked(file: Path, folder: Path) -> Manifest:
    if not file.is_file():
        raise ValueError(stat.filemode(file.stat().st_mode))  # a device may have no end
    with tarfile.open(file) as tar:
        manifest = _manifest(tar)
        check_version(manifest.schema)
        for name, (size, digest) in manifest.files.items():
            _extract(tar, name, folder / name, size, digest)
    if examine(folder / DATABASE, (folder / KEY).read_bytes()) != manifest.schema:
        raise ValueError("schema")
    return manifest


def _manifest(tar: tarfile.TarFile) -> Manifest:
    content = tar.extractfile(MANIFEST)
    if content is None:
        raise ValueError(MANIFEST)
    manifest = Manifest.from_json(content.read(_MANIFEST_AT_MOST))
    if set(manifest.files) != {DATABASE, KEY}:
        raise ValueError(str(sorted(manifest.files)))
    if manifest.files[KEY][0] != KEY_BYTES:
        raise ValueError(KEY)
    return manifest


def _extract(tar: tarfile.TarFile, name: str, target: Path, size: int, digest: str) -> None:
    entry = tar.getmember(name)
    content = tar.extractfile(entry) if entry.isreg() and entry.size == size else None
    if content is None:
        raise ValueError(name)
    found = sha256()
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        while piece := content.read(_PIECE):
            found.update(piece)
            out.write(piece)
        out.flush()
        os.fsync(out.fileno())
    if found.hexdigest() != digest:
        raise ValueError(f"{name}: SHA-256")


def _swap(staged: Path, state: Path) -> Path | None:
    for path in staged.iterdir():
        let_owner_have(path, state)
    settle(staged)
    ready = state / RESTORING
    shutil.rmtree(ready, ignore_errors=True)  # of a restore that was cut short
    staged.rename(ready)
    settle(state)
    aside = _lay_aside(state)
    for name in (KEY, DATABASE):
        (ready / name).rename(state / name)
    settle(state)
    ready.rmdir()
    settle(state)
    return aside


def _lay_aside(state: Path) -> Path | None:
    old = [state / name for name in _REPLACED if (state / name).exists()]
    if not old:
        return None
    names = (state / (f"before-restore-{n}" if n > 1 else "before-restore") for n in count(1))
    aside = next(path for path in names if not path.exists())
    aside.mkdir(mode=0o700)
    let_owner_have(aside, state)
    for path in old:
        path.rename(aside / path.name)
    settle(aside)
    return aside
