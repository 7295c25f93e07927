from importlib.resources import files

import pytest

from speechqc.events import Role
from speechqc.rules.fields import Problems
from speechqc.rules.gates import Gates, Vocabulary, read_vocabulary
from speechqc.rules.model import Gate
from speechqc.rules.source import read_yaml
from speechqc.text.normalise import normalise
from tests.rules.gate_cases import NEGATION, QUESTION, QUOTATION

ALL_GATES = Gate()
GATES = Gates(Vocabulary.builtin())


def stopped_by(speaker: Role, phrase: str, sentence: str, gate: Gate = ALL_GATES) -> str | None:
    heard = normalise(sentence)
    start = heard.text.index(phrase)
    return GATES.stopped_by(GATES.clauses(heard), start, start + len(phrase), speaker, gate)


@pytest.mark.parametrize(("speaker", "phrase", "sentence", "gate"), [*NEGATION, *QUESTION, *QUOTATION])
def test_hit_passes_or_is_stopped(speaker: Role, phrase: str, sentence: str, gate: str | None) -> None:
    found = stopped_by(speaker, phrase, sentence)

    assert found == gate or (gate is not None and found is not None)


@pytest.mark.parametrize(
    ("sentence", "speaker", "gate"),
    [
        ("这款产品不保本", Role.AGENT, Gate(negation=False)),
        ("这个保本吗", Role.CUSTOMER, Gate(question=False)),
        ("您刚才说的保本", Role.AGENT, Gate(quotation=False)),
    ],
)
def test_gate_that_is_switched_off_stops_nothing(sentence: str, speaker: Role, gate: Gate) -> None:
    assert stopped_by(speaker, "保本", sentence) is not None
    assert stopped_by(speaker, "保本", sentence, gate) is None


def test_negation_does_not_reach_over_a_clause_end() -> None:
    assert stopped_by(Role.AGENT, "保本", "这个不，保本的") is None


def test_builtin_vocabulary_holds_only_known_keys_and_valid_phrases() -> None:
    problems = Problems()
    text = files("speechqc.rules").joinpath("gates.yaml").read_text(encoding="utf-8")
    assert read_vocabulary(read_yaml(text, "gates.yaml"), (), problems) == Vocabulary.builtin()
    assert problems.found == []


def test_pack_adds_words_to_the_gates() -> None:
    problems = Problems()
    added = read_vocabulary({"zh": {"negators": ["木有"]}}, ("gates",), problems)
    gates = Gates(Vocabulary.builtin().joined(added))
    heard = normalise("这款木有保本")

    assert problems.found == []
    assert gates.stopped_by(gates.clauses(heard), 4, 6, Role.AGENT, Gate()) == "negation"
    assert stopped_by(Role.AGENT, "保本", "这款木有保本") is None
