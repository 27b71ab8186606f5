"""A mail server in a bad mood, at every stage: nothing lost, nothing twice, the ledger tells the truth."""

# ruff: noqa: ARG002, N802 -- the hooks are named and called by aiosmtpd

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlmodel import Session as Database
from sqlmodel import select

from scheduler.state.tables import Mail
from tests.daemon.test_delivery import PLAN, Bench, read
from tests.mail.servers import Authority, Mailbox, listening, starttls

UNITS = 40
REFUSALS = ("421 4.3.2 closing", "450 4.2.1 later", "451 4.3.0 later", "452 4.3.1 full", "554 5.7.1 no", "550 5.7.1 no")
TEMPORARY = REFUSALS[:4]


class MoodyMailbox(Mailbox):
    """Refuses or hangs up by chance, wherever it is asked something; after a message that it has kept, too."""

    def __init__(self, chance: random.Random, mood: float, refusals: tuple[str, ...]) -> None:
        super().__init__()
        self.chance, self.mood, self.refusals = chance, mood, refusals
        self.answers_lost = 0

    def answer(self, server: SMTP, ordinary: Callable[[], str]) -> str:
        if self.chance.random() >= self.mood:
            return ordinary()
        if self.chance.random() < 0.3:
            self._hang_up(server)
            return "421 4.3.2 gone"
        return self.chance.choice(self.refusals)

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        usual = await super().handle_MAIL(server, session, envelope, address, options)
        return self.answer(server, lambda: usual)

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        def take() -> str:
            envelope.rcpt_tos.append(address)
            return "250 OK"

        return self.answer(server, take)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        def take() -> str:
            self.messages.append(envelope)
            if self.chance.random() < self.mood / 4:
                self.answers_lost += 1
                self._hang_up(server)
            return "250 OK"

        return self.answer(server, take)


def a_morning(folder: Path, mailbox: MoodyMailbox) -> list[Mail]:
    """The ledger after a morning, whose last hours the server spends in a good mood."""
    authority = Authority.in_folder(folder)
    with listening(mailbox, **starttls(authority.context(), mailbox)) as port:
        names = [f"xa-{n}" for n in range(UNITS)]
        units = "units:\n  ubnd: {name: UBND huyện}\n  noi-vu: {name: Phòng Nội vụ}\n" + "".join(
            f"  {name}: {{name: UBND xã {name}, email: {name}@huyen.example}}\n" for name in names
        )
        plan = PLAN.replace("[xa-a, xa-b, xa-c]", f"[{', '.join(names)}]")
        bench = Bench(folder, port, authority.file, units, plan)
        for _ in range(60):
            bench.beat(minutes=mailbox.chance.choice((1, 1, 2, 5)))
        mailbox.mood = 0.0
        for _ in range(30):
            bench.beat(minutes=10)
        with Database(bench.installation.engine) as session:
            return list(session.exec(select(Mail)).all())


def heard(mailbox: Mailbox) -> list[tuple[str, str]]:
    return [(e.rcpt_tos[0], str(m["Message-ID"])) for e, m in zip(mailbox.messages, read(mailbox), strict=True)]


@pytest.mark.parametrize("seed", range(2))
def test_after_temporary_refusals_every_unit_has_heard_once(tmp_path: Path, seed: int) -> None:
    mailbox = MoodyMailbox(random.Random(seed), 0.3, TEMPORARY)
    rows = a_morning(tmp_path, mailbox)
    assert {row.state for row in rows} == {"sent"}
    assert len(rows) == UNITS
    found = heard(mailbox)
    assert set(found) == {(row.recipients[0], row.message_id) for row in rows}
    # A message whose answer was lost comes again, under the same Message-ID: RFC 5321, 4.5.4.1, knows no better.
    assert len(found) - len(set(found)) <= mailbox.answers_lost


@pytest.mark.parametrize("seed", range(2))
def test_after_refusals_for_good_the_ledger_tells_who_has_not_heard(tmp_path: Path, seed: int) -> None:
    mailbox = MoodyMailbox(random.Random(seed), 0.3, REFUSALS)
    rows = a_morning(tmp_path, mailbox)
    assert len(rows) == UNITS
    assert {row.state for row in rows} == {"sent", "failed"}
    found = heard(mailbox)
    told = {message_id for _, message_id in found}
    assert {row.message_id for row in rows if row.state == "sent"} <= told
    lost_answers = told & {row.message_id for row in rows if row.state == "failed"}
    assert len(lost_answers) + len(found) - len(set(found)) <= mailbox.answers_lost
    assert all(row.error for row in rows if row.state == "failed")
