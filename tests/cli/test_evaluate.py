"""`speechqc evaluate`: agreement with labels, as a table."""

from __future__ import annotations

import pytest

LABELLED = """
id: {id}
kind: sales
product: 理财
turns:
  - {{role: agent, text: 您好，我是银行的客户经理李敏，工号八零六七，本次通话会录音。}}
  - {{role: customer, text: 你说吧。}}
  - {{role: agent, text: {says}}}
labels: [{labels}]
near_misses: [{near}]
"""


@pytest.fixture
def folder(tmp_path):
    for name, says, labels, near in [
        ("promise", "这款理财保本保息，投资有风险，可能亏损本金。", "{id: guaranteed_return, turn: 2}", ""),
        ("honest", "这款理财不保本，投资有风险，可能亏损本金。", "", "{id: guaranteed_return, turn: 2}"),
    ]:
        text = LABELLED.format(id=name, says=says, labels=labels, near=near)
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    return tmp_path


def test_precision_and_recall_of_one_signal(command, folder):
    ran = command("evaluate", folder, "--signal", "guaranteed_return")
    row = next(line for line in ran.out.splitlines() if "guaranteed_return" in line)
    assert row.split("│")[2:7] == [" 1 ", " 1.000     ", " 1.000  ", " 1.000 ", " 1.000   "]
    assert "2 calls; 1 clean, 0.000 false alarms each; 1 near misses, false alarm rate 0.000" in ran.out


def test_disagreements_are_listed_when_asked_for(command, folder):
    path = folder / "promise.yaml"
    path.write_text(path.read_text("utf-8").replace("guaranteed_return", "threat_or_coercion"), "utf-8")
    ran = command("evaluate", folder, "--errors")
    assert "+ promise: guaranteed_return (保本保息)" in ran.out
    assert "- promise: threat_or_coercion" in ran.out
    assert "+ promise" not in command("evaluate", folder).out


def test_the_table_speaks_chinese_too(command, folder):
    ran = command("evaluate", folder, language="zh")
    for words in ("信号", "精确率", "召回率", "2 通电话"):
        assert words in ran.out


def test_recordings_must_lie_beside_the_labels(command, folder):
    ran = command("evaluate", folder, "--audio", "--asr", "bundled")
    assert ran.code == 2
    assert "no recording beside it (render it: python -m streams.render)" in ran.err
