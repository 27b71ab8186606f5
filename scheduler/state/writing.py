"""Files that appear whole or not at all."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def replacing(file: Path) -> Iterator[Path]:
    """An empty file to write, beside `file` and for its owner alone; at the end it takes its place in one step."""
    descriptor, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    os.close(descriptor)
    temporary = Path(name)
    try:
        yield temporary
        settle(temporary)
        temporary.replace(file)
        settle(file.parent)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def settle(path: Path) -> None:
    """Wait until a file, or the names in a folder, would outlive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def let_owner_have(path: Path, state: Path) -> None:
    """What the administrator lays there as root belongs to the user of the folder, as who nhachan runs."""
    if os.geteuid() == 0:
        owner = state.stat()
        with suppress(PermissionError):  # root of a container may lack the right to, and is then who runs nhachan
            os.chown(path, owner.st_uid, owner.st_gid)
