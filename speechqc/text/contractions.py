"""English contractions written out, so that ``can't``, ``cannot`` and ``can not`` are one phrase."""

from __future__ import annotations

CONTRACTIONS = {
    "can't": "can not",
    "cant": "can not",
    "cannot": "can not",
    "won't": "will not",
    "wont": "will not",
    "shan't": "shall not",
    "ain't": "is not",
    "dont": "do not",
    "doesnt": "does not",
    "didnt": "did not",
    "isnt": "is not",
    "wasnt": "was not",
    "let's": "let us",
    "gonna": "going to",
    "wanna": "want to",
    "gotta": "got to",
    "gimme": "give me",
    "lemme": "let me",
    "i'm": "i am",
    "im": "i am",
    "y'all": "you all",
    "ok": "okay",
}
_IS = frozenset(
    [
        "it",
        "that",
        "what",
        "there",
        "here",
        "who",
        "how",
        "where",
        "he",
        "she",
        "this",
        "everything",
        "nothing",
        "everybody",
        "nobody",
    ]
)
_ENDINGS = (("n't", " not"), ("'re", " are"), ("'ll", " will"), ("'ve", " have"), ("'d", " would"))


def write_out(word: str) -> str:
    """`word`, lower case, without contraction.

    >>> write_out("don't"), write_out("it's"), write_out("bank's")
    ('do not', 'it is', "bank's")
    """
    whole = CONTRACTIONS.get(word)
    if whole is not None:
        return whole
    if "'" not in word:
        return word
    for ending, full in _ENDINGS:
        if word.endswith(ending):
            return word.removesuffix(ending) + full
    stem = word.removesuffix("'s")
    return f"{stem} is" if stem in _IS else word
