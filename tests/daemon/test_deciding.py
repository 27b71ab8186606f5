from scheduler.deciding import Deciding


def test_it_is_done_at_once_when_something_changed_else_every_ten_minutes() -> None:
    deciding = Deciding()
    assert deciding.due(1000)
    deciding.did(1000, 1000.1, decided=True)
    assert [deciding.due(moment) for moment in (1001, 1599, 1600)] == [False, False, True]
    deciding.anew()
    assert deciding.due(1001)


def test_what_could_not_be_decided_yet_is_tried_at_each_beat() -> None:
    deciding = Deciding()
    deciding.did(1000, 1000.1, decided=False)
    assert deciding.due(1060)


def test_where_it_takes_long_it_has_a_twentieth_of_the_time_and_is_not_forgotten() -> None:
    deciding = Deciding()
    deciding.did(1000, 1002, decided=True)
    deciding.anew()
    assert [deciding.due(moment) for moment in (1002, 1039, 1040)] == [False, False, True]
