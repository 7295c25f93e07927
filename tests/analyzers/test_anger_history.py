import pytest

from speechqc.analyzers.anger_history import LIMIT, AngerHistory
from speechqc.analyzers.anger_parts import Part, total
from speechqc.events import ContactHistory
from tests.analyzers.talking import started


def points(complaints, rest):
    history = AngerHistory(started(history=ContactHistory(earlier_complaints=complaints)))
    return total(history.parts([Part("anger.fed_up", rest, "我受够了")]))


def test_a_calm_customer_stays_calm_whatever_the_ledger_says():
    assert points(20, rest=0.0) == 0.0


def test_each_complaint_adds_a_little_up_to_a_limit():
    assert points(1, rest=40.0) == 4.0
    assert points(2, rest=40.0) == points(9, rest=40.0) == LIMIT


def test_it_is_at_most_a_quarter_of_what_the_call_gave():
    assert points(9, rest=20.0) == 5.0


@pytest.mark.parametrize("history", [None, ContactHistory()])
def test_without_complaints_there_is_no_such_reason(history):
    assert AngerHistory(started(history=history)).parts([Part("anger.fed_up", 40.0, "我受够了")]) == []
