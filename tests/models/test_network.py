"""The network in steps against the network over whole recordings, and its export."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")

from models.export import export  # noqa: E402
from models.network import AcousticNetwork, NetworkShape, StreamingNetwork  # noqa: E402
from speechqc.asr.bundled.network import UNKNOWN_LENGTH, Network  # noqa: E402

SHAPE = NetworkShape(outputs=20, width=16, front_channels=4)
COUNTS = (80, 37, 61)
TOLERANCE = 1e-4


@pytest.fixture(scope="module")
def network() -> AcousticNetwork:
    torch.manual_seed(3)
    return AcousticNetwork(SHAPE).eval()


@pytest.fixture(scope="module")
def recordings() -> np.ndarray:
    return np.random.default_rng(4).normal(0, 1, (3, 80, 40)).astype(np.float32)


@pytest.fixture(scope="module")
def whole(network, recordings) -> list[np.ndarray]:
    """Log-probabilities of each recording, up to its own end."""
    with torch.no_grad():
        logits, counts = network(torch.from_numpy(recordings), torch.tensor(COUNTS))
        logs = torch.log_softmax(logits, -1).numpy()
    return [log[:count] for log, count in zip(logs, counts.tolist(), strict=True)]


@pytest.fixture(scope="module")
def exported(network, tmp_path_factory):
    folder = tmp_path_factory.mktemp("export")
    torch.save(
        {"shape": SHAPE.as_dict(), "average": network.state_dict()},
        folder / "checkpoint.pt",
    )
    export(folder / "checkpoint.pt", folder / "network.onnx")
    return folder / "network.onnx"


@pytest.mark.parametrize("step", [1, 2, 4, 7])
def test_steps_of_any_size_give_what_the_whole_recording_gives(exported, recordings, whole, step):
    runtime = Network(exported)
    for recording, expected, count in zip(recordings, whole, COUNTS, strict=True):
        length = -(-count // 4)
        row = runtime.open()
        padded = np.pad(recording, ((0, 4 * (runtime.delay + step)), (0, 0)))
        heard = []
        for first in range(0, length + runtime.delay, step):
            known = length if first + step > length else UNKNOWN_LENGTH
            [log] = runtime.step([row], padded[None, 4 * first : 4 * (first + step)], [known])
            heard.append(log)
        runtime.close(row)
        np.testing.assert_allclose(np.concatenate(heard)[:length], expected, atol=TOLERANCE)


def test_streams_that_began_at_different_times_share_a_step(exported, recordings, whole):
    runtime = Network(exported)
    early, late = runtime.open(), runtime.open()
    first = runtime.step([early], recordings[:1, :40], [UNKNOWN_LENGTH])
    both = runtime.step(
        [early, late], np.stack([recordings[0, 40:], recordings[1, :40]]), [UNKNOWN_LENGTH] * 2
    )
    heard = np.concatenate([first[0], both[0]])
    np.testing.assert_allclose(heard, whole[0][: len(heard)], atol=TOLERANCE)
    assert len(both[1]) == 10 - runtime.delay


def test_rows_are_reused_clean_and_grow_as_needed(exported, recordings):
    runtime = Network(exported)
    rows = [runtime.open() for _ in range(40)]
    assert len(set(rows)) == 40
    [before] = runtime.step(rows[:1], recordings[:1], [UNKNOWN_LENGTH])
    runtime.close(rows[0])
    [after] = runtime.step([runtime.open()], recordings[:1], [UNKNOWN_LENGTH])
    np.testing.assert_allclose(after, before, atol=TOLERANCE)


def test_look_ahead_is_a_fifth_of_a_second(network):
    assert StreamingNetwork(network).delay * 0.04 == pytest.approx(0.2)
