"""The network as it is trained against the one that runs, and the file between them."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("jieba")

from models.semantic.examples import make_examples  # noqa: E402
from models.semantic.export import arrays_of, export  # noqa: E402
from models.semantic.families import Family, expand  # noqa: E402
from models.semantic.fit import FitSettings, fit, log_odds_of  # noqa: E402
from models.semantic.limits import LANGUAGES, Calibration  # noqa: E402
from models.semantic.network import MeaningNetwork, batch_rows, make_vocabulary  # noqa: E402
from speechqc.events import Role  # noqa: E402
from speechqc.semantics.bundled import read_weights  # noqa: E402
from speechqc.semantics.network import Network  # noqa: E402

TEXTS = ("这款产品本金一分都不会少", "好", "you cannot lose a penny", "年化3.8% right", "")
LABELS, ROLES = ["complaint", "safe"], ["customer", "agent"]
TOLERANCE = 0.05
"""The file keeps the table in 8 bits."""


@pytest.fixture(scope="module")
def vocabulary():
    return make_vocabulary()


@pytest.fixture(scope="module")
def network(vocabulary) -> MeaningNetwork:
    torch.manual_seed(2)
    return MeaningNetwork(rows=vocabulary.size, labels=2, width=12).eval()


@pytest.fixture
def calibration() -> Calibration:
    return Calibration(
        np.ones(2, np.float32), np.zeros((len(LANGUAGES), 2), np.float32), np.full(2, 0.5, np.float32)
    )


def test_the_exported_network_scores_as_the_trained_one(vocabulary, network, calibration) -> None:
    stored = arrays_of(
        network=network, vocabulary=vocabulary, labels=LABELS, roles=ROLES, calibration=calibration
    )
    running = Network.from_arrays(stored)
    expected = log_odds_of(network, vocabulary, TEXTS[:-1])
    for text, wanted in zip(TEXTS, expected, strict=False):
        rows = vocabulary.rows([text[start:end] for start, end in vocabulary.tokens(text)])
        np.testing.assert_allclose(running.text_scores(running.token_scores(rows)), wanted, atol=TOLERANCE)


def test_a_text_scores_the_same_alone_and_beside_longer_ones(vocabulary, network) -> None:
    alone = [log_odds_of(network, vocabulary, [text])[0] for text in TEXTS]
    np.testing.assert_allclose(log_odds_of(network, vocabulary, TEXTS), alone, atol=1e-4)


def test_padding_has_no_rows(vocabulary) -> None:
    rows = batch_rows(vocabulary, ["您好", "您"])
    assert rows.shape[:2] == (2, 2)
    assert (rows[1, 1] == 0).all()


def test_what_is_exported_can_be_read(vocabulary, network, calibration, tmp_path: Path) -> None:
    target = tmp_path / "deep" / "weights.npz"
    export(
        network=network,
        vocabulary=vocabulary,
        labels=LABELS,
        roles=ROLES,
        calibration=calibration,
        target=target,
    )
    assert read_weights(target).limits == {"complaint": 0.5, "safe": 0.5}


def test_training_separates_two_ideas_and_finds_them_in_other_words(
    vocabulary, calibration, tmp_path
) -> None:
    families = [
        family(
            "safe.whole",
            "safe",
            "agent",
            ["本金(一分|一毛)(都|也)不(会|能)少", "您的(钱|本金)(绝对|肯定)少不了"],
        ),
        family(
            "safe.not",
            "safe",
            "agent",
            ["(本金|钱)(也|是)(可能|有可能)会少", "不敢说本金(一定|肯定)不少"],
            False,
        ),
        family(
            "complaint.will",
            "complaint",
            "customer",
            ["我(要|得|非)投诉(你们|你)(不可|)", "(这事|这个)我投诉定了"],
        ),
        family(
            "neutral.hello",
            "neutral",
            "agent",
            ["(您|你)好(请问|)有什么(可以|能)帮您", "(稍等|等一下)我查查"],
            False,
        ),
    ]
    examples = make_examples(families, LABELS)
    torch.manual_seed(0)
    trained = MeaningNetwork(rows=vocabulary.size, labels=2, width=24)
    fit(trained, vocabulary, examples, FitSettings(epochs=150, error_rates=(0.0, 0.1)), seed=0)
    export(
        network=trained,
        vocabulary=vocabulary,
        labels=LABELS,
        roles=ROLES,
        calibration=calibration,
        target=tmp_path / "weights.npz",
    )
    classifier = read_weights(tmp_path / "weights.npz")

    said = "那个我跟您讲啊本金一分都不会少的您回头看看合同"
    [meaning] = classifier.read(said, Role.AGENT, "zh")
    assert meaning.label == "safe"
    assert meaning.start < said.index("少") + 1
    assert meaning.end > said.index("本金")
    assert classifier.read("您好请问有什么能帮您", Role.AGENT, "zh") == []
    assert [m.label for m in classifier.read("我得投诉你", Role.CUSTOMER, "zh")] == ["complaint"]


def test_equal_seeds_train_equal_networks(vocabulary) -> None:
    examples = make_examples([family("safe.whole", "safe", "agent", ["本金(一分|一毛)不少"])], ["safe"])
    scores = []
    for _ in range(2):
        torch.manual_seed(1)
        trained = MeaningNetwork(rows=vocabulary.size, labels=1, width=8)
        fit(trained, vocabulary, examples, FitSettings(epochs=3), seed=4)
        scores.append(log_odds_of(trained, vocabulary, [expand("本金一分不少", random.Random(0))]))
    np.testing.assert_array_equal(*scores)


def family(name: str, label: str, role: str, texts: list[str], positive: bool = True) -> Family:
    return Family(name, label, role, "zh", positive=positive, texts=tuple(texts))
