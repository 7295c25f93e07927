"""One alert as a supervisor handles it, with the steps of the ladder."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from speechqc.alerts.case import NOT_TAKEN, AlertCase
from speechqc.alerts.lifecycle import ALERT_MOVES, INTERVENTION_MOVES, RefusedMoveError, merged
from speechqc.events import Alert, AlertState, InterventionState, Severity
from tests.alerts.making import NOW, after, alert


@pytest.fixture
def case():
    return AlertCase(alert())


def test_the_first_step_taken_is_the_proposed_one_as_it_was_really_done(case):
    [proposed] = case.propose(1, "whisper", NOW)
    [changed, started] = case.act(3, "take_over", "li", after(5))

    assert changed.state is AlertState.ACTED
    assert started.id == proposed.id
    assert (started.level, started.action, started.by, started.at) == (3, "take_over", "li", after(5))
    assert started.state is InterventionState.STARTED
    assert len(case.interventions) == 1


def test_a_further_step_is_an_intervention_of_its_own(case):
    case.act(1, "whisper", "li", NOW)
    [_, second] = case.act(2, "barge_in", "li", after(10))
    assert [step.id for step in case.interventions] == ["al-1-1", "al-1-2"]
    assert second.level == 2


def test_closing_ends_what_runs_and_says_what_was_not_taken(case):
    case.act(1, "whisper", "li", NOW)
    case.propose(2, "barge_in", NOW)

    changes = case.close("agent corrected it", "li")

    assert isinstance(changes[0], Alert)
    assert [(step.state, step.outcome) for step in case.interventions] == [
        (InterventionState.DONE, "agent corrected it"),
        (InterventionState.FAILED, NOT_TAKEN),
    ]


def test_an_alert_is_not_closed_without_an_outcome(case):
    with pytest.raises(RefusedMoveError, match="li cannot close alert al-1 without an outcome"):
        case.close(" ", "li")


@pytest.mark.parametrize("level", [-1, 6])
def test_the_ladder_has_six_levels(case, level):
    with pytest.raises(RefusedMoveError, match=f"level 0 to 5, not {level}"):
        case.act(level, "x", "li", NOW)
    assert case.alert.state is AlertState.OPENED


def test_an_unknown_intervention_is_named(case):
    with pytest.raises(RefusedMoveError, match="alert al-1 has no intervention al-1-9"):
        case.finish("al-1-9", "li", "done")


def test_a_failed_step_says_so(case):
    [_, step] = case.act(1, "whisper", "li", NOW)
    [failed] = case.finish(step.id, "li", "headset off", failed=True)
    assert (failed.state, failed.outcome) == (InterventionState.FAILED, "headset off")


PEOPLE = st.sampled_from(["li", "wang", "zhao"])


class AnySequence(RuleBasedStateMachine):
    """Whatever three people and the policy do in whatever order, every change is one of the tables'."""

    @initialize()
    def open(self):
        self.case = AlertCase(alert())
        self.case.propose(1, "whisper", NOW)
        self.seen = self.case.alert
        self.steps = {step.id: step.state for step in self.case.interventions}

    def attempt(self, operation):
        before = (self.case.alert, list(self.case.interventions))
        try:
            operation()
        except RefusedMoveError as refused:
            assert self.case.alert.id in str(refused)
            assert before == (self.case.alert, self.case.interventions)

    @rule(by=PEOPLE)
    def acknowledge(self, by):
        self.attempt(lambda: self.case.acknowledge(by))

    @rule(by=PEOPLE, to=PEOPLE)
    def assign(self, by, to):
        self.attempt(lambda: self.case.assign(to, by))

    @rule(by=PEOPLE, level=st.integers(0, 5))
    def act(self, by, level):
        self.attempt(lambda: self.case.act(level, "step", by, NOW))

    @rule(by=PEOPLE, number=st.integers(1, 3), failed=st.booleans())
    def finish(self, by, number, failed):
        self.attempt(lambda: self.case.finish(f"al-1-{number}", by, "done", failed=failed))

    @rule(by=PEOPLE)
    def close(self, by):
        self.attempt(lambda: self.case.close("seen", by))

    @rule()
    def escalate(self):
        self.attempt(self.case.escalate)

    @rule(severity=st.sampled_from([Severity.INFO, Severity.HIGH, Severity.CRITICAL]))
    def policy_updates(self, severity):
        self.case.alert = merged(self.case.alert, alert(severity=severity))

    @invariant()
    def only_legal_moves_were_made(self):
        now = self.case.alert
        assert now.state is self.seen.state or now.state in ALERT_MOVES[self.seen.state].values()
        assert (now.acknowledged_by is None) == (now.state is AlertState.OPENED)
        assert now.escalation >= self.seen.escalation
        self.seen = now

    @invariant()
    def steps_only_move_on(self):
        for step in self.case.interventions:
            before = self.steps.get(step.id, step.state)
            reachable = {before, *INTERVENTION_MOVES[before].values()}
            started = {after for state in reachable for after in INTERVENTION_MOVES[state].values()}
            assert step.state in reachable | started
            self.steps[step.id] = step.state

    @invariant()
    def nothing_runs_on_a_closed_alert(self):
        if self.case.alert.state is AlertState.CLOSED:
            running = (InterventionState.PROPOSED, InterventionState.STARTED)
            assert not [step for step in self.case.interventions if step.state in running]


TestAnySequence = AnySequence.TestCase
TestAnySequence.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
