"""Words that people type, as they are kept: a page, a command, a program and the log show them later."""

import unicodedata


def in_one_line(written: str, at_most: int) -> str:
    """Words without what cannot be seen, in one line, not too long."""
    plain = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in unicodedata.normalize("NFC", written))
    return " ".join(plain.split())[:at_most]
