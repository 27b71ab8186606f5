"""Units and groups as the text of a units file.

It is written line by line, not dumped: sections of the list and names of groups become comments.
"""

import re

import yaml

from scheduler.config.unit_list.draft import Draft

_RESOLVER = yaml.resolver.Resolver()
_PLAIN = re.compile(r"[^\W\d_](?:[\w .,()/&+@'-]*[\w.)])?")
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"'})


def units_file(draft: Draft, file: str) -> str:
    """The text, with where it comes from above it."""
    sheet = f", trang tính “{draft.listed.sheet}”" if draft.listed.sheet else ""
    lines = [
        f"# Danh sách đơn vị, lập từ tệp “{file}”{sheet} bằng lệnh `nhachan import-units`.",
        "# Xem lại mã, địa chỉ thư, đơn vị cấp trên và nhóm trước khi dùng; kế hoạch nhắc đến đơn vị bằng mã.",
        "",
        "units:",
    ]
    for unit in draft.units:
        if unit.sections and lines[-1] != "units:":
            lines.append("")
        lines += [f"  # {section}" for section in unit.sections]
        lines += [f"  {_scalar(unit.id)}:", f"    name: {_scalar(unit.name)}"]
        if unit.email:
            lines.append(f"    email: [{', '.join(_scalar(address, flow=True) for address in unit.email)}]")
        lines += [f"    lead: {_scalar(address)}" for address in unit.lead]
        if unit.parent:
            lines.append(f"    parent: {_scalar(unit.parent)}")
    if draft.groups:
        lines += ["", "groups:"]
    for id_, (name, members) in draft.groups.items():
        if name != id_:
            lines.append(f"  # {name}")
        lines.append(f"  {_scalar(id_)}:")
        lines += [f"    - {_scalar(member)}" for member in members]
    return "\n".join(lines) + "\n"


def _scalar(words: str, *, flow: bool = False) -> str:
    """Text as YAML that no reader takes for anything else: in quotes unless it is plain words after a letter."""
    if _PLAIN.fullmatch(words) and not (flow and "," in words) and words.lower() not in ("y", "n"):
        tag = _RESOLVER.resolve(yaml.ScalarNode, words, (True, False))  # type: ignore[no-untyped-call]
        if tag == yaml.resolver.BaseResolver.DEFAULT_SCALAR_TAG:
            return words
    return f'"{words.translate(_ESCAPES)}"'
