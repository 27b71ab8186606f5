"""What is kept of feed files in memory."""

import os
from pathlib import Path

from scheduler.web.feed_files import Feed, FeedFiles
from scheduler.web.feeds import answer
from tests.web.conftest import Office


def test_of_a_feed_that_had_to_make_room_it_is_known_what_tells_that_nothing_is_new(
    office: Office, tmp_path: Path
) -> None:
    files = FeedFiles(office.site.clock, max_bytes=40_000)
    made = [tmp_path / f"{number}.ics" for number in range(30)]

    def get(file: Path, *, bare: bool) -> Feed:
        found = files.get(str(file), alarms=False, shared=False, bare=bare)
        assert found is not None
        return found

    for file in made:
        file.write_bytes(os.urandom(2000))
        os.utime(file, (1_700_000_000, 1_700_000_000))
    tags = [get(file, bare=False).plain.tag for file in made]
    first = get(made[0], bare=True)
    assert (first.plain.tag, first.plain.body) == (tags[0], None)
    start, body = answer(first, [(b"if-none-match", tags[0])])
    assert (start.message["status"], body) == (304, b"")
    assert answer(first, [])[1] is None
    assert get(made[0], bare=False).plain.body == made[0].read_bytes()
    made[1].write_bytes(b"another")
    os.utime(made[1], (1_700_000_001, 1_700_000_001))
    assert get(made[1], bare=True).plain.body == b"another"
