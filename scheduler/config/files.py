"""The files of a configuration folder."""

import os
from collections.abc import Iterator
from pathlib import Path

from scheduler.config.problems import Problem
from scheduler.translation import Text, text

SETTINGS = "nhachan.yaml"
FOLDERS = ("units", "plans", "workdays")


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
        for path in in_folder(inside):
            if path.suffix != ".yaml" and path.suffix.lower() in (".yaml", ".yml"):
                yield _at(
                    path,
                    text("only files that end in .yaml are read"),
                    text("rename it to {name}.yaml", name=path.stem),
                )


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
