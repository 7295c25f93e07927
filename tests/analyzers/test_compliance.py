"""The life of a finding: provisional, confirmed, withdrawn; and its id, times, score and explanation."""

import random
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speechqc.analyzers.compliance import Compliance
from speechqc.events import (
    CallKind,
    CallStarted,
    ContactHistory,
    Event,
    Finding,
    FindingState,
    Gap,
    Role,
    Severity,
    Utterance,
    Word,
)
from speechqc.rules.loader import RuleBook, builtin_pack_paths, load_packs
from speechqc.rules.measures import Measure
from speechqc.rules.reader import Reader
from tests.rules.building import (
    activity,
    agent,
    book_of,
    clock,
    customer,
    ended,
    final_state,
    pack_of,
    rule_text,
    started,
)

PROVISIONAL, CONFIRMED, WITHDRAWN = FindingState


@pytest.fixture(scope="module")
def core() -> RuleBook:
    return load_packs(builtin_pack_paths())


@pytest.fixture
def book(tmp_path: Path) -> RuleBook:
    return book_of(tmp_path, rule_text("{phrases: [保本], sounds: [保本保息]}", rule_id="promise"))


def run(book: RuleBook, events: Iterable[Event], call: CallStarted | None = None) -> list[Finding]:
    call = call or started()
    reader, compliance = Reader(book, call), Compliance(book, call)
    findings = compliance.feed(call, None, {})
    for event in events:
        reading = reader.read(event) if isinstance(event, Utterance) else None
        findings.extend(compliance.feed(event, reading, {}))
    return findings


def states(findings: list[Finding]) -> list[FindingState]:
    return [finding.state for finding in findings]


def test_final_words_are_confirmed_at_once(book: RuleBook) -> None:
    [finding] = run(book, [agent("这款产品保本的", 10, 14, turn=3)])

    assert (finding.signal, finding.rule, finding.rule_version) == ("promise", "promise", 1)
    assert finding.state is CONFIRMED
    assert (finding.role, finding.turn, finding.quote) == (Role.AGENT, 3, "保本")
    assert finding.id == "c/promise/agent/10000/0"
    assert finding.score == 1.0
    assert finding.explanation.zh == "坐席说“保本”"
    assert finding.explanation.en == "the agent said “保本”"


def test_partial_words_are_provisional_and_confirmed_by_the_next_partial(book: RuleBook) -> None:
    findings = run(
        book,
        [
            agent("这款", 10, 11, final=False),
            agent("这款产品保本", 10, 12, final=False),
            agent("这款产品保本的您", 10, 13, final=False),
            agent("这款产品保本的您放心", 10, 14),
        ],
    )

    assert states(findings)[:2] == [PROVISIONAL, CONFIRMED]
    assert len({finding.id for finding in findings}) == 1
    assert findings[-1].state is CONFIRMED


def test_one_partial_alone_confirms_nothing(book: RuleBook) -> None:
    assert states(run(book, [agent("产品保本", 10, 12, final=False)])) == [PROVISIONAL]


def test_hit_that_the_final_words_deny_is_withdrawn(book: RuleBook) -> None:
    partials = [agent("产品保本", 10, 12, final=False), agent("产品保本的", 10, 13, final=False)]

    findings = run(book, [*partials, agent("产品保本的说法是违规的", 10, 15)])

    assert states(findings) == [PROVISIONAL, CONFIRMED, WITHDRAWN]
    assert final_state(findings) == {}


def test_final_words_that_nobody_trusts_withdraw_what_partials_said(book: RuleBook) -> None:
    call = started()
    compliance, reader = Compliance(book, call), Reader(book, call)
    compliance.feed(call, None, {})
    partial, final = agent("产品保本", 10, 12, final=False), agent("产品保本", 10, 12)

    assert states(compliance.feed(partial, reader.read(partial), {})) == [PROVISIONAL]
    assert states(compliance.feed(final, None, {})) == [WITHDRAWN]


def test_provisional_finding_does_not_outlive_the_call(book: RuleBook) -> None:
    findings = run(book, [agent("产品保本", 10, 12, final=False), ended(13)])

    assert states(findings) == [PROVISIONAL, WITHDRAWN]


def test_one_finding_for_all_hits_in_an_utterance(book: RuleBook) -> None:
    [finding] = run(book, [agent("保本，肯定保本，保本保息")])

    assert finding.quote == "保本"


def test_words_in_two_utterances_are_two_findings(book: RuleBook) -> None:
    findings = run(book, [agent("保本", 0, 1, turn=0), agent("真的保本", 9, 10, turn=2)])

    assert [finding.id for finding in findings] == ["c/promise/agent/0/0", "c/promise/agent/9000/0"]


def test_phrase_cut_in_two_is_found_where_it_ends(tmp_path: Path) -> None:
    book = book_of(tmp_path, rule_text("{phrases: [绝对不会亏损]}"))

    [finding] = run(book, [agent("您放心绝对不会", 0, 2), agent("亏损的", 2.2, 3)])

    assert (finding.quote, finding.start) == ("绝对不会亏损", pytest.approx(6 / 7, abs=0.01))
    assert finding.end == pytest.approx(2.2 + 0.8 * 2 / 3, abs=0.01)


@pytest.mark.parametrize(
    "second", [agent("亏损的", 4, 5), agent("亏损的", 2.2, 3, turn=1), customer("亏损的", 2.2, 3)]
)
def test_long_pause_other_turn_or_other_speaker_does_not_complete_a_phrase(
    tmp_path: Path, second: Utterance
) -> None:
    book = book_of(tmp_path, rule_text("{phrases: [绝对不会亏损]}"))

    assert run(book, [agent("您放心绝对不会", 0, 2), second]) == []


def test_phrase_of_the_utterance_before_is_not_found_again(book: RuleBook) -> None:
    assert len(run(book, [agent("产品保本", 0, 2), agent("您放心", 2.2, 3), agent("买吧", 3.2, 4)])) == 1


def test_times_come_from_the_words(book: RuleBook) -> None:
    words = (
        Word(text="产品", start=10, end=11),
        Word(text="保本", start=15, end=16),
        Word(text="的", start=19, end=20),
    )

    [finding] = run(book, [agent("产品保本的", 10, 20, words=words)])

    assert (finding.start, finding.end) == (15, 16)


def test_times_inside_a_word_are_interpolated(book: RuleBook) -> None:
    [finding] = run(book, [agent("这保本的", 0, 9, words=(Word(text="这保本的", start=4, end=8),))])

    assert (finding.start, finding.end) == (5, 7)


def test_pause_between_words_ends_the_reach_of_a_negation(tmp_path: Path) -> None:
    book = book_of(tmp_path, rule_text("{phrases: [保本]}"))
    close = (Word(text="不是", start=0, end=1), Word(text="保本", start=1.1, end=2))
    apart = (Word(text="不是", start=0, end=1), Word(text="保本", start=2, end=3))

    assert run(book, [agent("不是保本", 0, 3, words=close)]) == []
    assert len(run(book, [agent("不是保本", 0, 3, words=apart)])) == 1


def test_sound_scores_lower_and_never_stops_a_call(tmp_path: Path) -> None:
    critical = rule_text("{sounds: [保本保息]}").replace("severity: high", "severity: critical")
    [by_words] = run(book_of(tmp_path / "a", critical), [agent("保本保息")])
    [by_sound] = run(book_of(tmp_path / "b", critical), [agent("宝本宝西")])

    assert (by_words.severity, by_words.score) == (Severity.CRITICAL, 1.0)
    assert (by_sound.severity, by_sound.score) == (Severity.HIGH, 0.75)
    assert by_sound.explanation.zh == "坐席说“宝本宝西”（按读音识别，可能听错）"


def test_doubt_of_the_recogniser_lowers_the_score(book: RuleBook) -> None:
    [finding] = run(book, [agent("产品保本", confidence=0.6)])

    assert finding.score == 0.8
    assert ("recogniser_confidence", 0.6) in [(reason.name, reason.value) for reason in finding.reasons]


def test_no_role_bound_finding_when_roles_are_unknown(tmp_path: Path) -> None:
    book = book_of(
        tmp_path,
        rule_text("{phrases: [保本]}", rule_id="bound"),
        rule_text("{phrases: [保本]}", rule_id="free", role="any"),
    )
    heard = Utterance(call_id="c", role=Role.UNKNOWN, turn=0, start=0, end=2, text="产品保本")

    assert [finding.rule for finding in run(book, [heard], started(roles_known=False))] == ["free"]


def test_ledger_decides_before_a_word_is_said(tmp_path: Path) -> None:
    book = book_of(tmp_path, rule_text("{history: attempts_today, at_least: 3}"))

    [finding] = run(book, [], started(history=ContactHistory(attempts_today=4)))

    assert (finding.history, finding.start, finding.turn) == (True, 0.0, None)
    assert [(reason.name, reason.value, reason.limit) for reason in finding.reasons] == [
        ("attempts_today", 4.0, 3.0)
    ]
    assert finding.explanation.zh == "今日呼叫次数：4（限值 3.0）"


def test_sequence_explains_both_halves(tmp_path: Path) -> None:
    book = book_of(
        tmp_path, rule_text("{sequence: [{phrases: [别再打], role: customer}, {phrases: [听我说]}]}")
    )

    [finding] = run(book, [customer("别再打了", 10, 11), agent("您听我说", 12, 13, turn=1)])

    assert finding.explanation.zh == "客户说“别再打”（10.0 秒），1.5 秒后坐席说“听我说”"
    assert (finding.turn, finding.quote) == (1, "听我说")


def test_sequence_is_not_armed_by_partial_words(tmp_path: Path) -> None:
    book = book_of(
        tmp_path, rule_text("{sequence: [{phrases: [别再打], role: customer}, {phrases: [听我说]}]}")
    )
    heard = [customer("别再打", 0, 1, final=False), customer("别在家", 0, 1), agent("您听我说", 2, 3, turn=1)]

    assert run(book, heard) == []


class TestAbsence:
    @pytest.fixture
    def book(self, tmp_path: Path) -> RuleBook:
        return book_of(tmp_path, rule_text("{absent: {phrases: [录音]}, deadline: {seconds: 30}}"))

    def test_is_found_when_the_deadline_passes_in_silence(self, book: RuleBook) -> None:
        [finding] = run(book, [agent("您好", 1, 2), clock(29), clock(30)])

        assert finding.state is CONFIRMED
        assert (finding.turn, finding.quote, finding.start, finding.end) == (0, "您好", 1, 30)
        assert finding.explanation.zh == "坐席在 30 秒内没有说出规定的内容"
        assert [(reason.name, reason.limit) for reason in finding.reasons] == [("deadline_s", 30.0)]

    def test_waits_for_the_words_of_speech_that_began_in_time(self, book: RuleBook) -> None:
        speaking = [activity(Role.AGENT, 28, True), clock(31), activity(Role.AGENT, 33, False), clock(34)]

        assert run(book, [agent("您好", 1, 2), *speaking, agent("本次通话有录音", 28, 33), clock(40)]) == []
        assert len(run(book, [agent("您好", 1, 2), *speaking, agent("我是小李", 28, 33)])) == 1

    def test_does_not_wait_for_ever(self, book: RuleBook) -> None:
        assert len(run(book, [agent("您好", 1, 2), activity(Role.AGENT, 28, True), clock(46)])) == 1

    def test_words_after_the_deadline_do_not_help(self, book: RuleBook) -> None:
        assert len(run(book, [agent("您好", 1, 2), agent("本次通话有录音", 31, 33), clock(40)])) == 1

    def test_is_no_matter_when_the_role_never_spoke(self, book: RuleBook) -> None:
        assert run(book, [customer("喂", 1, 2), clock(60), ended(61)]) == []

    @pytest.mark.parametrize(("until", "found"), [(9.0, 0), (6.5, 1)])
    def test_nothing_is_claimed_when_the_words_may_be_among_those_not_understood(
        self, book: RuleBook, until: float, found: int
    ) -> None:
        call = started()
        compliance, reader = Compliance(book, call), Reader(book, call)
        greeting, unclear = agent("您好", 1, 2), agent("路引", 5, until)
        compliance.feed(call, None, {})
        compliance.feed(greeting, reader.read(greeting), {})
        compliance.feed(unclear, None, {})

        assert len(compliance.feed(clock(31), None, {})) == found

    def test_lost_audio_is_no_silence(self, book: RuleBook) -> None:
        lost = Gap(call_id="c", start=10, end=14, reason="connection")

        assert run(book, [agent("您好", 1, 2), lost, clock(31)]) == []

    def test_partial_words_prove_nothing(self, book: RuleBook) -> None:
        assert (
            len(
                run(
                    book,
                    [agent("您好", 1, 2), agent("录音", 5, 6, final=False), agent("路灯", 5, 6), clock(40)],
                )
            )
            == 1
        )


class TestMeasure:
    @pytest.fixture
    def feed(self, tmp_path: Path) -> Callable[[float, float], list[Finding]]:
        book = book_of(tmp_path, rule_text("{metric: agent_rate, over: 6, clear: 5, for_s: 2}", role="any"))
        compliance = Compliance(book, started())
        compliance.feed(started(), None, {})

        def at(now: float, value: float) -> list[Finding]:
            return compliance.feed(
                clock(now), None, {"agent_rate": Measure(value, now - 1, now, Role.AGENT, 4, "说得快")}
            )

        return at

    def test_is_reported_with_its_evidence(self, feed: Callable[[float, float], list[Finding]]) -> None:
        assert feed(10, 7) == [] == feed(11, 7)
        [finding] = feed(12, 7)

        assert (finding.role, finding.turn, finding.quote, finding.end) == (Role.AGENT, 4, "说得快", 12)
        assert finding.explanation.zh == "坐席语速 7，高于上限 6，持续 2 秒"
        assert (finding.reasons[0].value, finding.reasons[0].limit) == (7, 6)

    def test_is_reported_again_only_after_it_cleared(
        self, feed: Callable[[float, float], list[Finding]]
    ) -> None:
        def fired(*values: float) -> int:
            return sum(len(feed(feed_at.pop(0), value)) for value in values)

        feed_at = [float(second) for second in range(100)]
        assert fired(7, 7, 7, 7, 7) == 1
        assert fired(5.5, 7, 7, 7, 7) == 0
        assert fired(4.9, 7, 7, 7) == 1

    def test_time_alone_completes_what_a_measure_began(self, tmp_path: Path) -> None:
        book = book_of(tmp_path, rule_text("{metric: agent_rate, over: 6, for_s: 2, after_s: 5}", role="any"))
        compliance = Compliance(book, started())
        measures = {"agent_rate": Measure(7, 0.0, 1.0, Role.AGENT)}

        fired = [at for at in (1.0, 4.9, 5.3, 7.2, 7.3, 9.0) if compliance.feed(clock(at), None, measures)]

        assert fired == [7.3]

    def test_ids_of_repetitions_differ(self, feed: Callable[[float, float], list[Finding]]) -> None:
        values = [7, 7, 7, 4, 7, 7, 7]
        findings = [finding for second, value in enumerate(values) for finding in feed(float(second), value)]

        assert [finding.id for finding in findings] == ["c/r/agent/0/1", "c/r/agent/0/2"]


SENTENCES = [
    "您好我是江海银行的客户经理小唐工号二零三七",
    "这款理财保本保息的您放心",
    "别再打了我要投诉你",
    "您先听我说完嘛就一分钟",
    "产品不保本可能亏损本金",
    "给您买十万怎么样",
    "我要打12378叫你们领导来",
    "这个我不知道不清楚",
    "今天不还明天警察就上门抓你",
]


def call_of(seed: int, *, partials: bool) -> list[Event]:
    """The same call with or without the partials before each final utterance."""
    random_, noise = random.Random(seed), random.Random(seed + 1)
    events: list[Event] = []
    now = 0.0
    for turn in range(random_.randint(2, 8)):
        text, role = random_.choice(SENTENCES), random_.choice([Role.AGENT, Role.CUSTOMER])
        end = now + len(text) / 4
        events.append(activity(role, now, True))
        if partials:
            for length in sorted(noise.sample(range(1, len(text) + 1), 3)):
                heard = text[:length].replace("不", noise.choice(["不", ""]))
                at = now + length / 4
                events.append(
                    Utterance(call_id="c", role=role, turn=turn, start=now, end=at, text=heard, final=False)
                )
        events.append(activity(role, end, False))
        events.append(Utterance(call_id="c", role=role, turn=turn, start=now, end=end, text=text))
        now = end + random_.choice([0.4, 3.0, 25.0])
        events.append(clock(now))
    return [*events, ended(now)]


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10_000))
def test_partials_change_nothing_in_the_end(core: RuleBook, seed: int) -> None:
    call = started(product="理财")

    without = final_state(run(core, call_of(seed, partials=False), call))
    assert final_state(run(core, call_of(seed, partials=True), call)) == without


def test_findings_of_the_core_pack_for_a_call(core: RuleBook) -> None:
    findings = run(
        core,
        [
            agent("您好，最近资金需要周转吗", 0, 3),
            customer("你谁啊", 3.5, 4.5, turn=1),
            agent("这款理财保本保息的", 5, 8, turn=2),
            customer("别再打了，我要投诉你", 9, 12, turn=3),
            agent("您先听我说完嘛", 12.5, 15, turn=4),
            ended(16),
        ],
        started(product="理财"),
    )

    assert {(finding.signal, finding.turn) for finding in findings} >= {
        ("guaranteed_return", 2),
        ("opt_out_request", 3),
        ("complaint_intent", 3),
        ("ignored_opt_out", 4),
        ("missing_identity_disclosure", 0),
    }


def test_unrelated_rules_change_nothing(tmp_path: Path, core: RuleBook) -> None:
    others = [rule_text(f"{{phrases: [测试词{number}号]}}", rule_id=f"other{number}") for number in range(30)]
    more = load_packs([*builtin_pack_paths(), pack_of(tmp_path / "others", *others)])
    events = call_of(3, partials=True)
    call = started(product="理财", kind=CallKind.SALES)

    assert run(more, events, call) == run(core, events, call)
