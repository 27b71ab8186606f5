"""The files of a configuration folder."""

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from scheduler.config.problems import Problem
from scheduler.translation import Text, text

SETTINGS = "nhachan.yaml"
FOLDERS = ("units", "plans", "workdays")

_NO_PART = re.compile(r"readme.*|~\$.*|thumbs\.db|desktop\.ini", re.IGNORECASE)
_KEPT_ASIDE = (".bak", ".old", ".orig", ".rej", ".swp", ".tmp")
_DOCUMENTS = (".doc", ".docx", ".odt", ".pdf", ".xls", ".xlsx", ".ods", ".csv", ".zip")
"""What a new name does not make readable."""
_INNER_ENDING = re.compile(r"\.ya?ml$", re.IGNORECASE)


def files_of(folder: Path) -> list[Path]:
    """Every file that is read."""
    settings = folder / SETTINGS
    found = [settings] if os.path.lexists(settings) else []
    return found + [path for name in FOLDERS for path in in_folder(folder / name) if path.suffix == ".yaml"]


def in_folder(folder: Path) -> list[Path]:
    """What lies directly in a folder, sorted, without hidden files and those that editors leave behind."""
    try:
        names = sorted(os.listdir(folder))  # noqa: PTH208 -- names alone, and no exception while they are walked
    except OSError:
        return []
    return [folder / name for name in names if not name.startswith((".", "#")) and not name.endswith("~")]


def display(path: Path) -> str:
    """A path as it can be printed, whatever bytes are in it."""
    return os.fsencode(path).decode(errors="replace")


def wrong_files(folder: Path) -> Iterator[Problem]:
    """Files that should be there and are not, or have a name under which they are overlooked."""
    yield from _wrong_settings(folder)
    if not folder.is_dir():
        return
    for name in FOLDERS:
        inside = folder / name
        try:
            os.listdir(inside)  # noqa: PTH208
        except FileNotFoundError:
            continue
        except NotADirectoryError:
            yield _at(inside, text("this is not a folder"), text("make it a folder with files named ….yaml in it"))
        except OSError as error:
            reason = error.strerror or str(error)
            problem = text("this folder cannot be read: {reason}", reason=reason)
            yield _at(inside, problem, text("let the account that runs nhachan read it"))
        yield from filter(None, map(_wrong_ending, in_folder(inside)))


def _wrong_ending(path: Path) -> Problem | None:
    """What to say about a file that is overlooked; nothing about those that are no part of a configuration."""
    ending = path.suffix.lower()
    if path.suffix == ".yaml" or ending in _KEPT_ASIDE or _NO_PART.fullmatch(path.name):
        return None
    problem = text("only files that end in .yaml are read")
    if ending in (".yaml", ".yml"):
        return _at(path, problem, text("rename it to {name}.yaml", name=path.stem))
    if not os.path.isfile(path):  # noqa: PTH113 -- no exception in a folder that can only be listed
        return None
    name = _INNER_ENDING.sub("", path.stem) or path.stem
    advice = text("rename it to {name}, or move it elsewhere", name=display(Path(f"{name}.yaml")))
    if ending in _DOCUMENTS or os.path.lexists(path.with_name(f"{name}.yaml")):
        advice = text("move it elsewhere")
    return replace(_at(path, problem, advice), severity="warning")


def _wrong_settings(folder: Path) -> Iterator[Problem]:
    settings = folder / SETTINGS
    if not folder.is_dir():
        problem = text("there is no such folder") if not folder.exists() else text("this is not a folder")
        yield _at(folder, problem, text("name the folder of the configuration with --config or $NHACHAN_CONFIG"))
    elif not os.path.lexists(settings):
        advice = text("write it, such as `name: Lịch báo cáo`; it may say when and how reminders are sent")
        if (folder / "nhachan.yml").exists():
            advice = text("rename nhachan.yml to nhachan.yaml")
        yield _at(settings, text("this file is missing"), advice)


def _at(path: Path, problem: Text, advice: Text) -> Problem:
    return Problem(display(path), 1, 1, problem, advice)
