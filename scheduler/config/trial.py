"""A plan tried before anybody saves it: the configuration as it is, with this one file added or replaced."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from scheduler.config.files import FOLDERS, display
from scheduler.config.load import Configuration, load
from scheduler.config.problems import WrongError
from scheduler.config.reader import read
from scheduler.deadlines.plans import Plan
from scheduler.translation import text

PLANS = FOLDERS[1]
_NAME = re.compile(r"[^/\\\x00-\x1f\x7f]{1,100}")


@dataclass(frozen=True)
class Trial:
    """A configuration with the plan in it; `replaces` where a file of that name is there already."""

    configuration: Configuration
    plan: Plan
    replaces: bool


def plan_path(folder: Path, name: str) -> Path:
    """Where a plan's file of a name stands, with or without its ending and its folder; WrongError where it is none."""
    name = name.strip().removeprefix(f"{PLANS}/").removesuffix(".yaml")
    if not _NAME.fullmatch(name) or name.startswith((".", "#")) or name.endswith("~"):
        raise WrongError(text("this is no name of a plan’s file"), text("write one such as ke-hoach-2027.yaml"))
    return folder / PLANS / f"{name}.yaml"


def try_plan(path: Path, content: bytes, today: date, environment: Mapping[str, str] = os.environ) -> Trial:
    """The configuration with a plan's file that says this; ConfigError with all that is wrong. Nothing is written."""
    configuration = load(path.parent.parent, today, environment, {path: content})
    id_ = read(path, display(path), content).data.get("id") or path.stem
    return Trial(configuration, configuration.register.plans[id_], os.path.lexists(path))
