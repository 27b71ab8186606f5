"""What pydantic finds wrong with a file, as problems with places, in words for people who do not know YAML."""

import re
from typing import Annotated, Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from scheduler.config.kinds import About
from scheduler.config.problems import ON_KEY, Path_, Problem, WrongError, empty, short, unknown_key
from scheduler.config.slips import key_in_value
from scheduler.config.source import Source
from scheduler.translation import Text, text

_M = TypeVar("_M", bound=BaseModel)

_WANTED = {
    "string_type": (text("“{key}” must be text, not {what}"), text("put it in quotes")),
    "list_type": (
        text("“{key}” must be a list, not {what}"),
        text("write [a, b], or each entry on a line of its own that begins with “- ”"),
    ),
    "bool_type": (text("“{key}” must be true or false, not {what}"), text("write true or false, without quotes")),
    "int_type": (
        text("“{key}” must be a whole number, not {what}"),
        text("write a number such as 587, without quotes"),
    ),
    "dict_type": (
        text("“{key}” must have its own keys below it, not {what}"),
        text("write its keys on the lines below, each a little further to the right"),
    ),
}


def check(source: Source, model: type[_M], data: Any, path: Path_ = ()) -> tuple[_M | None, list[Problem]]:
    """Data as a model, or what is wrong with it. `path` leads to the data in its file."""
    try:
        return model.model_validate(data), []
    except ValidationError as error:
        return None, [_explain(source, model, details, path) for details in error.errors(include_url=False)]


def _explain(source: Source, model: type[BaseModel], error: ErrorDetails, base: Path_) -> Problem:
    loc = error["loc"]
    on_key = bool(loc) and loc[-1] == "[key]"
    path = base + (loc[:-1] if on_key else loc)
    wrong = error.get("ctx", {}).get("error")
    if error["type"] == "missing":
        return source.problem(path[:-1] + ON_KEY, *_missing(model, loc))
    if error["type"] == "extra_forbidden":
        return source.problem(path + ON_KEY, *unknown_key(str(path[-1]), _keys(model, loc[:-1])))
    if error["input"] is None and path:
        problem, advice = empty(path[-1])
        field = _field(model, loc)
        return source.problem(
            path + ON_KEY, problem, _missing(model, loc)[1] if field and field.is_required() else advice
        )
    if isinstance(wrong, WrongError):
        return source.problem(path + (ON_KEY if on_key else wrong.path), wrong.problem, wrong.advice, wrong.column)
    slip = _slip(model, error)
    if slip:
        return source.problem(path, *slip)
    return source.problem(path, *_wrong_type(model, error, path))


def _missing(model: type[BaseModel], loc: Path_) -> tuple[Text, Text]:
    key = str(loc[-1])
    field = _field(model, loc)
    about = next((a for a in field.metadata if isinstance(a, About)), About(Text(""))) if field else About(Text(""))
    advice = text("write {what}, such as `{key}: {example}`", what=about.what, key=key, example=about.example)
    return text("“{key}” is missing", key=key), advice if about.example else text("write it, as in `{key}: …`", key=key)


def _slip(model: type[BaseModel], error: ErrorDetails) -> tuple[Text, Text, int] | None:
    """What to say, and about which column, where `to:mau.ubnd` stands in place of keys."""
    value = error["input"]
    if not isinstance(value, str) or not error["type"].startswith(("model_", "dict_type")):
        return None
    found = key_in_value(value, _keys(model, error["loc"]))
    if not found:
        return None
    problem, line, column = found
    if not error["loc"]:
        return problem, text("write `{line}`", line=line), column
    return problem, text("write `{line}` on a line of its own", line=line), column


def _wrong_type(model: type[BaseModel], error: ErrorDetails, path: Path_) -> tuple[Text, Text]:
    kind, value, what = error["type"], error["input"], _what(error["input"])
    if not path:
        return _no_keys(model, value)
    key: object = path[-1]
    if isinstance(key, int):
        key = text("entry {number} of “{key}”", number=key + 1, key=_last_key(path))
    wanted = _WANTED.get("dict_type" if kind.startswith("model_") else kind)
    if wanted:
        problem, advice = wanted
        if kind == "string_type" and isinstance(value, list | dict):
            advice = text("write one text, on the same line")
        return Text(problem.original, {"key": key, "what": what}), advice
    if kind in ("greater_than_equal", "less_than_equal"):
        return text("{value} is out of range", value=value), text("write a whole number from 1 to 65535")
    problem = text("“{key}” cannot be {what}", key=key, what=what)
    if kind == "literal_error":
        allowed = re.findall(r"'(.*?)'", error["ctx"]["expected"])
        return problem, text("write one of: {allowed}", allowed=", ".join(allowed))
    return problem, text("compare it with the examples in the documentation")


def _no_keys(model: type[BaseModel], value: Any) -> tuple[Text, Text]:
    advice = text("write keys such as: {keys}", keys=", ".join(_keys(model, ())))
    return text("the file must consist of keys, not {what}", what=_what(value)), advice


def _last_key(path: Path_) -> str:
    return next((part for part in reversed(path) if isinstance(part, str)), "")


def _what(value: Any) -> Text:
    if value is None:
        return text("nothing")
    if isinstance(value, bool):
        return text("true") if value else text("false")
    if isinstance(value, int):
        return text("the number {value}", value=value)
    if isinstance(value, list):
        return text("a list")
    if isinstance(value, dict):
        return text("keys of its own")
    return text("“{value}”", value=short(value))


def _keys(model: type[BaseModel], loc: Path_) -> list[str]:
    """The keys that may stand at a place."""
    here: Any = model
    for part in loc:
        here = _inside(here, part)
    return [field.alias or name for name, field in here.model_fields.items()] if _is_model(here) else []


def _field(model: type[BaseModel], loc: Path_) -> FieldInfo | None:
    here: Any = model
    for part in loc[:-1]:
        here = _inside(here, part)
    fields = here.model_fields.items() if _is_model(here) else ()
    return next((field for name, field in fields if (field.alias or name) == loc[-1]), None)


def _inside(here: Any, part: str | int) -> Any:
    """The type of what stands under a key, or in a list."""
    if _is_model(here):
        found = next((f.annotation for name, f in here.model_fields.items() if (f.alias or name) == part), None)
    else:
        found = get_args(here)[-1] if get_args(here) else None
    while get_origin(found) is Annotated or type(None) in get_args(found):
        found = get_args(found)[0]
    return found


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
