from dataclasses import replace
from pathlib import Path

import pytest

from scheduler.mail.errors import MailError
from tests.mail import samples
from tests.mail.samples import DIGESTS, OFFICE


def test_an_administrators_template_wins(tmp_path: Path) -> None:
    (tmp_path / "digest.txt").write_text("{{ letter.headline }} {{ _('To: {unit}', unit=letter.unit) }}", "utf-8")
    office = replace(OFFICE, templates=tmp_path)
    message = samples.send(DIGESTS["three-days"], office)
    assert message.text.endswith("Kính gửi: UBND xã Chiềng Sinh")
    assert message.html == samples.send(DIGESTS["three-days"]).html
    (tmp_path / "digest.txt").write_text("mới", "utf-8")
    assert samples.send(DIGESTS["three-days"], office).text == "mới"


@pytest.mark.parametrize(
    ("template", "line"),
    [
        ("one\n{% if letter %}\n", 2),
        ("one\n\n{{ letter.nonsense }}\n", 3),
        ("one\n{{ 1 / 0 }}\n", 2),
        ("{{ _('Still {missing}') }}\n", 1),
        ("{% include 'nothing.txt' %}\n", 1),
    ],
)
def test_a_broken_template_is_named_with_its_line(tmp_path: Path, template: str, line: int) -> None:
    (tmp_path / "digest.txt").write_text(template, "utf-8")
    with pytest.raises(MailError, match=rf"digest\.txt is faulty in line {line}: ") as caught:
        samples.send(DIGESTS["three-days"], replace(OFFICE, templates=tmp_path))
    assert (caught.value.permanent, caught.value.setup) == (True, True)


def test_a_template_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "digest.html").write_bytes(b"\xff\xff")
    with pytest.raises(MailError, match=r"digest\.html"):
        samples.send(DIGESTS["three-days"], replace(OFFICE, templates=tmp_path))


def test_values_are_escaped_in_html_and_not_in_text() -> None:
    facts = replace(samples.HALF_YEAR, title="Báo cáo <b>&</b>", note="<script>alert(1)</script>", form="javascript:x")
    unit = replace(samples.COMMUNE, name='Xã "A" <i>')
    message = samples.send(samples.digest("2023-05-09", samples.item(facts, "-3"), unit=unit))
    assert "<script>" not in message.html
    assert "&lt;b&gt;&amp;&lt;/b&gt;" in message.html
    assert "<i>" not in message.html
    assert "Báo cáo <b>&</b>" in message.text
    assert 'href="javascript' not in message.html
