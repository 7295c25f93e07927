import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechqc.text.simplified import to_simplified


@pytest.mark.parametrize(
    ("written", "simple"),
    [("銀行電話營銷", "银行电话营销"), ("银行", "银行"), ("後來 abc", "后来 abc"), ("😀", "😀")],
)
def test_traditional_becomes_simplified(written: str, simple: str) -> None:
    assert to_simplified(written) == simple


@given(st.text())
def test_length_never_changes(text: str) -> None:
    assert len(to_simplified(text)) == len(text)


def test_simplified_text_does_not_load_the_converter() -> None:
    code = "import sys; from speechqc.text.normalise import normalise; normalise('您好，保本吗？'); print('opencc' in sys.modules)"

    assert (
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout.strip()
        == "False"
    )
