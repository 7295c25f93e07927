"""From output frames to slots."""

import numpy as np

from speechqc.asr.bundled.ctc import BLANK, SlotReader, read_frames

OUTPUTS = 12


def heard(*winners: int, second: int = 9) -> np.ndarray:
    """Log-probabilities in which `winners` win, each frame with the same runner-up."""
    probabilities = np.full((len(winners), OUTPUTS), 1e-6, np.float32)
    for frame, winner in zip(probabilities, winners, strict=True):
        frame[second] = 0.2
        frame[winner] = 0.7
    return np.log(probabilities)


def syllables(reader: SlotReader) -> list[int]:
    return [slot.alternatives[0][0] for slot in reader.slots]


def test_equal_neighbours_are_one_syllable_and_a_blank_parts_them():
    reader = SlotReader()
    reader.feed(read_frames(heard(BLANK, 3, 3, BLANK, 3, 5, BLANK)))
    assert syllables(reader) == [3, 3, 5]
    assert [slot.frame for slot in reader.slots] == [1, 4, 5]


def test_a_syllable_that_goes_on_over_a_cut_stays_one():
    reader = SlotReader()
    reader.feed(read_frames(heard(BLANK, 3)))
    changed = reader.feed(read_frames(heard(3, 5)))
    assert syllables(reader) == [3, 5]
    assert changed == 1


def test_a_louder_peak_after_a_cut_reopens_its_slot():
    reader = SlotReader()
    quiet = heard(3)
    quiet[0, 3] = np.log(0.3)
    reader.feed(read_frames(quiet))
    assert reader.feed(read_frames(heard(3))) == 0
    assert reader.slots[0].frame == 1


def test_slots_carry_what_was_nearly_heard_and_nothing_hopeless():
    [frame] = read_frames(heard(3))
    assert [syllable for syllable, _ in frame.alternatives] == [3, 9]


def test_silence_has_no_slots():
    reader = SlotReader()
    assert reader.feed(read_frames(heard(BLANK, BLANK))) == 0
    assert reader.slots == []
