"""Words from syllables, with the shipped lexicon."""

from itertools import pairwise

import pytest

from speechqc.asr.bundled.ctc import BLANK, FRAME_S, Frame
from speechqc.asr.bundled.decoder import Decoder
from speechqc.asr.bundled.files import LEXICON
from speechqc.asr.bundled.lexicon import Lexicon
from speechqc.asr.bundled.recognizer import BundledRecognizer
from speechqc.asr.models import bundled_folder

SILENCE = Frame(BLANK, [])


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon(bundled_folder() / LEXICON)


def frames(lexicon: Lexicon, spelt: str, *, log: float = -0.05) -> list[Frame]:
    """A frame a syllable with a blank after it; ``a/b`` is a that may also have been b."""
    numbers = {name: number for number, name in enumerate(lexicon.syllables, start=1)}
    out: list[Frame] = []
    for syllable in spelt.split():
        heard = [(numbers[name], log - rank) for rank, name in enumerate(syllable.split("/"))]
        out += [Frame(heard[0][0], heard), SILENCE]
    return out


@pytest.mark.parametrize(
    ("spelt", "text"),
    [
        ("wo yao tou su ni men", "我要投诉你们"),
        ("ben jin ken ding mei wen ti", "本金肯定没问题"),
        ("yao er san qi ba", "幺二三七八"),
        ("bai fen zhi san dian wu", "百分之三点五"),
        ("qing wen nin xian zai fang bian jie dian hua ma", "请问您现在方便接电话吗"),
    ],
)
def test_true_syllables_give_the_words_of_calls(lexicon, spelt, text):
    decoder = Decoder(lexicon)
    decoder.feed(frames(lexicon, spelt))
    assert decoder.decode().text == text


def test_the_language_model_repairs_a_syllable_that_was_nearly_heard(lexicon):
    decoder = Decoder(lexicon)
    decoder.feed(frames(lexicon, "wo yao tou shu/su ni men"))
    assert decoder.decode().text == "我要投诉你们"


def test_words_grow_hop_by_hop_to_the_same_result(lexicon):
    heard = frames(lexicon, "ni men zhe shi shen me fu wu tai du")
    at_once, in_hops = Decoder(lexicon), Decoder(lexicon)
    at_once.feed(heard)
    for frame in heard:
        in_hops.feed([frame])
    assert in_hops.decode() == at_once.decode()


def test_words_join_to_the_text_and_follow_each_other_in_time(lexicon):
    decoder = Decoder(lexicon)
    decoder.feed([SILENCE] * 10 + frames(lexicon, "wo xiang zi xun yi xia li cai chan pin"))
    decoded = decoder.decode()
    assert "".join(word.text for word in decoded.words) == decoded.text
    assert decoded.words[0].start > 5 * FRAME_S
    for before, after in pairwise(decoded.words):
        assert before.start < before.end <= after.start


def test_confidence_of_a_word_is_that_of_its_syllables(lexicon):
    decoder = Decoder(lexicon)
    decoder.feed(frames(lexicon, "tou su", log=-1.5))
    [word] = decoder.decode().words
    assert word.confidence == pytest.approx(0.22, abs=0.01)


def test_confidence_of_an_utterance_grows_with_what_was_surely_heard(lexicon):
    spelt = "wo yao tou su ni men"
    levels = []
    for count, log in ((1, -0.01), (6, -0.01), (6, -1.5)):
        decoder = Decoder(lexicon)
        decoder.feed(frames(lexicon, " ".join(spelt.split()[:count]), log=log))
        levels.append(decoder.decode().confidence)
    one, many, unsure = levels
    assert unsure < 0.3 < BundledRecognizer.min_confidence < one < 0.7 < many


def test_nothing_heard_is_empty_text_of_unknown_confidence(lexicon):
    decoder = Decoder(lexicon)
    assert not decoder.feed([SILENCE] * 5)
    decoded = decoder.decode()
    assert (decoded.text, decoded.words, decoded.confidence) == ("", (), None)


def test_every_syllable_of_the_network_is_some_word(lexicon):
    for name in lexicon.syllables:
        decoder = Decoder(lexicon)
        decoder.feed(frames(lexicon, name))
        assert decoder.text, name
