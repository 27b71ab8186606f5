"""What stands on every answer, and what no answer gives: listings, cookies, files."""

import pytest

from scheduler.web.app import make_app
from scheduler.web.limits import Limits, Rate
from tests.web.browser import Browser
from tests.web.conftest import PUBLIC, Office

NOTHING = ["/feeds", "/feeds/", "/u", "/u/", "/o", "/o/", "/static", "/static/", "/mail", "/mail/", "/units/y-te.ics"]
OUTSIDE = ["..%2f..%2fstate%2fsecret.key", "%2e%2e/%2e%2e/state/secret.key", "....//secret.key", "/etc/passwd", "%00"]


@pytest.mark.parametrize("path", NOTHING)
def test_nothing_is_listed(office: Office, path: str) -> None:
    office.publish("units/y-te", b"BEGIN:VCALENDAR\r\n")
    assert office.client().get(path).status_code == 404


@pytest.mark.parametrize("end", OUTSIDE)
def test_no_path_leads_out_of_its_folder(office: Office, end: str) -> None:
    token = office.site.links.token("feed", "units/y-te")
    office.set(feeds_public=True)
    for start in ("/static/", "/feeds/", f"/feeds/{token}/", "/feeds/plans/", "/mail/", "/u/"):
        for near in (True, False):
            base = "http://127.0.0.1:8080" if near else PUBLIC
            assert office.client(near=near, base=base).get(f"{start}{end}").status_code in (400, 404)


def test_every_answer_is_kept_from_caches_guesses_and_referrers(office: Office) -> None:
    office.publish("units/y-te", b"BEGIN:VCALENDAR\r\n")
    few = Limits(strangers=Rate(2, 0.001), forms=Rate(2, 0.001), pages_at_once=0)
    client, crowded = office.client(), Browser(make_app(office.site, few), PUBLIC, "192.0.2.7")
    answers = [client.get(path) for path in (office.feed("units/y-te"), office.page("y-te"), "/feeds/x/y.ics", "/u/x")]
    answers += [client.post(office.page("y-te"), {}), client.request("TRACE", office.feed("units/y-te"))]
    answers += [crowded.get("/feeds/x/y.ics") for _ in range(3)] + [crowded.get("/")]
    assert [a.status_code for a in answers] == [200, 200, 404, 404, 403, 405, 404, 404, 429, 503]
    for answer in answers:
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "public" not in answer.headers["cache-control"]
        assert "set-cookie" not in answer.headers
        assert "access-control-allow-origin" not in answer.headers
        assert "refresh" not in answer.headers


def test_a_form_s_proof_is_of_one_unit_and_one_key(office: Office) -> None:
    proofs = {unit: office.site.links.sign(f"act:{unit}") for unit in office.site.register.units}
    tokens = {office.site.links.token(kind, name) for name in office.site.links for kind in ("feed", "page")}
    assert len({*proofs.values(), *tokens}) == len(proofs) + len(tokens)
    for unit, proof in proofs.items():
        if unit != "y-te":
            assert office.client().post(office.page("y-te"), office.form("y-te", csrf=proof)).status_code == 403
    assert office.standing() == {}
