"""Agreement of findings with labels."""

from speechqc.events import Finding, Role, Severity, Text, Utterance
from speechqc.scoring import Scored, score
from speechqc.transcripts import Label, Transcript, Turn


def finding(signal, turn, *, start=0.0, role=Role.AGENT):
    return Finding(
        call_id="c", id=f"{signal}-{turn}", signal=signal, rule=signal, severity=Severity.HIGH, role=role, turn=turn,
        start=start, end=start, quote="words", score=1.0, explanation=Text("因", "why"),
    )  # fmt: skip


def call(labels=(), near=(), turns=4):
    return Transcript(
        id="c",
        turns=tuple(Turn(role=Role.AGENT, text="x", start=10.0 * i, end=10.0 * i + 5) for i in range(turns)),
        labels=tuple(Label(id=i, turn=t) for i, t in labels),
        near_misses=tuple(Label(id=i, turn=t) for i, t in near),
    )


def test_a_signal_counts_once_a_call_however_often_it_is_found():
    result = score([Scored(call([("a", 1), ("a", 3)]), [finding("a", 1), finding("a", 3)])])
    assert (result.total.true, result.total.false, result.total.missed) == (1, 0, 0)
    assert result.total.turn_recall == 1.0


def test_a_turn_is_hit_within_one_turn():
    near = score([Scored(call([("a", 1)]), [finding("a", 2)])])
    far = score([Scored(call([("a", 1)]), [finding("a", 3)])])
    assert (near.total.turn_recall, far.total.turn_recall) == (1.0, 0.0)


def test_missed_and_false_are_listed_with_their_words():
    result = score([Scored(call([("a", 1)]), [finding("b", 2)])])
    assert sorted(result.errors) == ["+ c: b (words)", "- c: a"]
    assert (result.signals["a"].recall, result.signals["b"].precision) == (0.0, 0.0)


def test_alarms_on_clean_calls_and_near_misses_are_rates():
    clean = Scored(call(near=[("a", 1), ("b", 2)]), [finding("a", 1)])
    result = score([clean, Scored(call(), [])])
    assert result.alarms_per_clean_call == 0.5
    assert result.near_miss_rate == 0.5


def test_audio_turns_are_matched_by_time():
    heard = [Utterance(call_id="c", role=Role.AGENT, turn=0, start=0.0, end=35.0, text="…")]
    late = finding("a", 0, start=31.0)
    assert Scored(call([("a", 3)]), [late], heard).turn_of(late) == 3


def test_no_labels_and_no_findings_give_no_rates():
    result = score([])
    assert (result.total.precision, result.total.recall, result.alarms_per_clean_call) == (None, None, None)


def test_only_the_wanted_signals_are_compared():
    result = score([Scored(call([("a", 1)]), [finding("b", 2)])], signals=["b"])
    assert list(result.signals) == ["b"]
