"""The JSON Schema of `due:` and `cutoff:`, whose values take too many forms for a class of their own."""

from typing import Any

from scheduler.deadlines.periods import DUE_KEYS

_MONTHS = ["this", "first", "last", "next"]
_DAY_OF_MONTH: dict[str, Any] = {
    "type": "object",
    "properties": {
        "day": {"anyOf": [{"type": "integer", "minimum": 1, "maximum": 31}, {"const": "last"}]},
        "month": {"anyOf": [{"type": "integer", "minimum": 1, "maximum": 12}, {"enum": _MONTHS}]},
    },
    "required": ["day"],
    "additionalProperties": False,
}
_RRULE: dict[str, Any] = {
    "type": "object",
    "properties": {"rrule": {"type": "string"}, "time": {"type": "string"}},
    "required": ["rrule"],
    "additionalProperties": False,
}
_ANCHOR: dict[str, Any] = {
    "anyOf": [{"type": "string"}, {"type": "integer", "minimum": 1, "maximum": 31}, _DAY_OF_MONTH, _RRULE]
}


def _dated(op: str) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {
            op: _ANCHOR,
            "year": {"enum": ["previous", "this", "next"]},
            "time": {"type": "string"},
            "from": {"type": "string"},
        },
        "required": [op],
        "additionalProperties": False,
    }


_VALUE: dict[str, Any] = {
    "anyOf": [
        {"type": "string", "description": "the wording of the plan, such as “trước ngày 15/5/2026”, or undated"},
        _dated("before"),
        _dated("by"),
        {
            "type": "object",
            "properties": {"in": {"type": ["integer", "string"]}},
            "required": ["in"],
            "additionalProperties": False,
        },
        {
            "type": "object",
            "properties": {"within": {"type": ["integer", "string"]}, "after": {"type": "string"}},
            "required": ["within", "after"],
            "additionalProperties": False,
        },
        {
            "type": "object",
            "properties": {"same_as": {"type": "string"}},
            "required": ["same_as"],
            "additionalProperties": False,
        },
    ]
}

DUE: dict[str, Any] = {
    "anyOf": [
        *_VALUE["anyOf"],
        {
            "type": "object",
            "properties": dict.fromkeys(DUE_KEYS, _VALUE),
            "additionalProperties": False,
            "minProperties": 1,
        },
    ]
}

_CUTOFF_DATE: dict[str, Any] = {"anyOf": [{"type": ["string", "integer"]}, _DAY_OF_MONTH]}
CUTOFF: dict[str, Any] = {
    "anyOf": [
        {"const": "nd09"},
        *_CUTOFF_DATE["anyOf"],
        {"type": "object", "properties": dict.fromkeys(DUE_KEYS, _CUTOFF_DATE), "additionalProperties": False},
    ]
}
