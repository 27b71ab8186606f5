"""What the JSON API offers, in the words of OpenAPI 3.1."""

from typing import Any

_REPORT: dict[str, dict[str, Any]] = {
    "plan": {"type": "string", "description": "The plan's id.", "examples": ["binh-dinh-2025"]},
    "obligation": {"type": "string", "description": "The obligation's id in the plan.", "examples": ["ket-qua"]},
    "period": {"type": "string", "description": "The period's id.", "examples": ["2025-Q1", "2025-6M", "2025", "once"]},
    "unit": {"type": "string", "description": "The id of the unit that reports."},
}
_DAY = {"type": "string", "format": "date"}
_MAYBE_DAY = {"type": ["string", "null"], "format": "date"}
_DEADLINE = {
    "type": "object",
    "description": "As in `nhachan deadlines --json`. A duty without a date has null dates and the op `undated`.",
    "properties": {
        **{name: _REPORT[name] for name in ("plan", "obligation", "period")},
        "kind": {"type": "string", "description": "The key under `due`.", "examples": ["quarter-1", "annual"]},
        "title": {"type": "string"},
        "op": {"type": "string", "enum": ["before", "by", "within", "undated"]},
        "wording": {"type": "string", "description": "The plan's own words."},
        "stated": {**_MAYBE_DAY, "description": "The date that the plan names."},
        "last_day": {**_MAYBE_DAY, "description": "The last calendar day in time."},
        "send_by": {**_MAYBE_DAY, "description": "The last working day in time."},
        "time": {"type": ["string", "null"], "pattern": "^[0-2][0-9]:[0-5][0-9]$"},
        "units": {"type": "array", "items": {"type": "string"}, "description": "The units that report."},
        "to": {"type": "string"},
        "via": {"type": ["string", "null"], "description": "The unit that collects the reports."},
        "provisional": {"type": "boolean", "description": "The days off of that year are not ordered yet."},
    },
}
_SUBMISSION = {
    "type": "object",
    "properties": {
        **_REPORT,
        "submitted_on": _DAY,
        "reference": {"type": "string", "description": "The number of the document."},
        "timeliness": {
            "type": ["string", "null"],
            "enum": ["on-time", "on-stated-day", "late", None],
            "description": "Null for a duty without a date, and for deadlines that are not shown any more.",
        },
        "recorded_by": {"type": "string", "description": "A unit's id, `cli`, or `api:` and the name of a key."},
        "recorded_at": {"type": "string", "format": "date-time"},
    },
}
_TO_RECORD = {
    "type": "object",
    "required": list(_REPORT),
    "properties": {
        **_REPORT,
        "submitted_on": {**_DAY, "description": "Not in the future; today where it is left out."},
        "reference": {"type": "string", "description": "The number of the document."},
    },
}


def openapi(public_url: str, version: str) -> dict[str, Any]:
    """The description of the API of an installation."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "nhachan",
            "version": version or "0",
            "summary": "Reporting deadlines, and what was submitted.",
            "description": "Keys are made with `nhachan api-key NAME`, and sent as `Authorization: Bearer …`.",
        },
        "servers": [{"url": public_url}],
        "security": [{"key": []}],
        "paths": {
            "/api/deadlines": {"get": _get_deadlines()},
            "/api/submissions": {"get": _get_submissions(), "post": _post_submission()},
            "/api/submissions/{plan}/{obligation}/{period}/{unit}": {"delete": _delete_submission()},
        },
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "schemas": {
                "Deadline": _DEADLINE,
                "Submission": _SUBMISSION,
                "ToRecord": _TO_RECORD,
                "Problem": {
                    "type": "object",
                    "description": "RFC 9457.",
                    "properties": {"status": {"type": "integer"}, "detail": {"type": "string"}},
                },
            },
        },
    }


def _parameter(name: str, schema: dict[str, Any], description: str, place: str = "query") -> dict[str, Any]:
    found = {"name": name, "in": place, "schema": schema, "description": description}
    return found | ({"required": True} if place == "path" else {})


def _json(schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _errors(**also: str) -> dict[str, Any]:
    said = {"401": "No key, or one that is none.", "429": "Too many keys that were none; wait."} | also
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": words, "content": problem} for status, words in said.items()}


def _list_of(name: str) -> dict[str, Any]:
    return {"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}}


def _get_deadlines() -> dict[str, Any]:
    words = {"400": "A date that is none, or a window that is too long.", "404": "No such plan or unit."}
    return {
        "operationId": "deadlines",
        "summary": "Deadlines whose send-by day lies in a window, and the undated duties of plans in force in it.",
        "parameters": [
            _parameter("from", _DAY, "The first day; today where it is left out."),
            _parameter("to", _DAY, "The last day, itself in the window; the horizon where it is left out."),
            _parameter("unit", {"type": "string"}, "Only what this unit reports."),
            _parameter("plan", {"type": "string"}, "Only this plan."),
        ],
        "responses": {"200": _json(_list_of("Deadline"), "By send-by day, undated ones last."), **_errors(**words)},
    }


def _get_submissions() -> dict[str, Any]:
    return {
        "operationId": "submissions",
        "summary": "The submissions that stand.",
        "parameters": [_parameter(name, {"type": "string"}, f"Only this {name}.") for name in _REPORT],
        "responses": {"200": _json(_list_of("Submission"), "In the order in which they were recorded."), **_errors()},
    }


def _post_submission() -> dict[str, Any]:
    one = {"$ref": "#/components/schemas/Submission"}
    words = {
        "400": "A body or date that is none.",
        "403": "The key may read alone.",
        "404": "No such report; the detail names what there is.",
        "409": "It was withdrawn at the same moment.",
        "413": "The body is too long.",
    }
    return {
        "operationId": "record",
        "summary": "Record that a unit has submitted a report. Saying so again changes nothing.",
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ToRecord"}}},
        },
        "responses": {
            "201": _json(one, "Recorded."),
            "200": _json(one, "One stood already, and stands as it was."),
            **_errors(**words),
        },
    }


def _delete_submission() -> dict[str, Any]:
    return {
        "operationId": "withdraw",
        "summary": "Withdraw a submission; reminders go on.",
        "parameters": [_parameter(n, {"type": "string"}, s["description"], "path") for n, s in _REPORT.items()],
        "responses": {
            "204": {"description": "Withdrawn."},
            **_errors(**{"403": "The key may read alone.", "404": "None stands."}),
        },
    }
