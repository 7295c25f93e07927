"""The shipped lexicon and phrases put beside it."""

import pytest

from speechqc.asr.bundled.ctc import BLANK, Frame
from speechqc.asr.bundled.decoder import Decoder
from speechqc.asr.bundled.files import LEXICON
from speechqc.asr.bundled.lexicon import BITS_A_SYLLABLE, NO_WORD, Lexicon
from speechqc.asr.models import bundled_folder

PATH = bundled_folder() / LEXICON


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon(PATH)


def key(lexicon: Lexicon, *syllables: str) -> int:
    numbers = {name: number for number, name in enumerate(lexicon.syllables, start=1)}
    value = 0
    for syllable in reversed(syllables):
        value = value << BITS_A_SYLLABLE | numbers[syllable]
    return value


def decode(lexicon: Lexicon, spelt: str) -> str:
    numbers = {name: number for number, name in enumerate(lexicon.syllables, start=1)}
    decoder = Decoder(lexicon)
    for syllable in spelt.split():
        decoder.feed([Frame(numbers[syllable], [(numbers[syllable], -0.05)]), Frame(BLANK, [])])
    return decoder.text


def test_a_reading_leads_to_its_words_likeliest_first(lexicon):
    node = lexicon.lookup(key(lexicon, "yin", "hang"))
    assert lexicon.words[lexicon.candidates(node)[0].word] == "银行"


def test_the_end_of_a_word_leads_on_and_an_impossible_end_does_not(lexicon):
    assert lexicon.lookup(key(lexicon, "hua", "fei", "zhe", "quan", "yi", "bao", "hu", "bu")) is None
    assert lexicon.lookup(key(lexicon, "rua", "rua")) is None


def test_a_suffix_that_is_no_word_is_a_node_without_candidates():
    biased = Lexicon(PATH, bias=["保本保息稳赚不赔"])
    assert biased.lookup(key(biased, "xi", "wen", "zhuan", "bu", "pei")) == NO_WORD


def test_probabilities_are_probabilities(lexicon):
    for candidate in lexicon.candidates(lexicon.lookup(key(lexicon, "shi"))):
        assert candidate.log_probability <= 0
        assert max(lexicon.next_class(candidate.word_class)) <= 0


def test_a_biased_phrase_is_one_word_and_wins_over_words_that_sound_the_same(lexicon):
    phrase = "办里"
    assert decode(lexicon, "ban li") == "办理"
    assert decode(Lexicon(PATH, bias=[phrase], bias_log_bonus=12.0), "ban li") == phrase


def test_bias_changes_nothing_that_sounds_otherwise(lexicon):
    biased = Lexicon(PATH, bias=["保本保息", "稳赚不赔", "不要再给我打电话"])
    for spelt in ("wo yao tou su ni men", "qing wen shi wang xian sheng ma", "jin tian tian qi bu cuo"):
        assert decode(biased, spelt) == decode(lexicon, spelt)


def test_phrases_with_characters_the_lexicon_lacks_are_left_out():
    assert decode(Lexicon(PATH, bias=["APP下载", "", "㐀㐁"]), "xia zai") == decode(Lexicon(PATH), "xia zai")
