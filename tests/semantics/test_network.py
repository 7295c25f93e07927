"""The numpy network, against the same sums written out one by one."""

from __future__ import annotations

import numpy as np

from speechqc.semantics.network import Layer, Network

WIDTH, LABELS, ROWS = 5, 3, 20
RANDOM = np.random.default_rng(1)


def network(dilation: int = 2) -> tuple[Network, dict[str, np.ndarray]]:
    parts = {
        "table": RANDOM.integers(-127, 127, (ROWS, WIDTH)).astype(np.int8),
        "scales": np.full(ROWS, 1 / 64, np.float16),
        "kernel": RANDOM.normal(size=(3, WIDTH, WIDTH)).astype(np.float32),
        "bias": RANDOM.normal(size=WIDTH).astype(np.float32),
        "head": RANDOM.normal(size=(WIDTH, LABELS)).astype(np.float32),
        "head_bias": RANDOM.normal(size=LABELS).astype(np.float32),
    }
    layer = Layer(parts["kernel"].reshape(3 * WIDTH, WIDTH), parts["bias"], dilation)
    built = Network(
        table=parts["table"],
        scales=parts["scales"],
        layers=(layer,),
        head=parts["head"],
        head_bias=parts["head_bias"],
        sharpness=3.0,
    )
    return built, parts


def test_a_token_is_scored_from_itself_and_its_neighbours_at_the_dilation() -> None:
    built, parts = network(dilation=2)
    rows = RANDOM.integers(0, ROWS, (6, 2)).astype(np.int32)
    embedded = (parts["table"][rows] / 64).sum(axis=1)

    expected = []
    for token in range(6):
        heard = parts["bias"].copy()
        for tap, place in enumerate((token - 2, token, token + 2)):
            if 0 <= place < 6:
                heard += embedded[place] @ parts["kernel"][tap]
        expected.append((embedded[token] + np.maximum(heard, 0)) @ parts["head"] + parts["head_bias"])

    np.testing.assert_allclose(built.token_scores(rows), expected, rtol=1e-4, atol=1e-4)


def test_one_strong_token_decides_whatever_stands_around_it() -> None:
    built, _ = network()
    strong = np.full((1, LABELS), 4.0, np.float32)
    weak = np.full((60, LABELS), -8.0, np.float32)
    alone, among = built.text_scores(strong), built.text_scores(np.concatenate([weak, strong, weak]))
    np.testing.assert_allclose(alone, among, atol=1e-3)
