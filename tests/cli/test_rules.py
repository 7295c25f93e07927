"""`speechqc rules`: list, test and lint."""

from __future__ import annotations

import shutil

import pytest

from speechqc.rules.loader import builtin_pack_paths

ONE = """
rules:
  - id: mine.greeting
    version: 1
    status: test
    signal: forbidden_service_phrase
    severity: low
    title: {zh: 测试, en: Test}
    advice: {zh: 请改正, en: Correct it}
    regulation: [{cite: "内部规定", verified: P}]
    role: agent
    condition: {phrases: [芝麻开门呀]}
    examples:
      must_match: ["坐席：芝麻开门呀"]
      must_not_match: ["坐席：EXAMPLE"]
"""


@pytest.fixture
def pack(tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "pack.yaml").write_text(
        'id: mine\nversion: "1"\ntitle: {zh: 我的, en: Mine}\nlanguages: [zh]\n', encoding="utf-8"
    )
    (folder / "one.yaml").write_text(ONE.replace("EXAMPLE", "您好"), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", ("severity", "critical", "Guarantees")), ("zh", ("级别", "严重", "承诺保本"))],
)
def test_list_names_rule_severity_title_and_regulation(command, language, words):
    ran = command("rules", "list", "guaranteed_return", language=language)
    assert ran.code == 0
    assert "guaranteed_return v" in ran.out
    assert "资管新规" in ran.out
    for word in words:
        assert word in ran.out
    assert "opt_out_request" not in ran.out


@pytest.mark.parametrize("columns", [80, 120])
def test_list_cuts_nothing_off(command, columns):
    ran = command("rules", "list", columns=columns)
    assert "…" not in ran.out
    assert max(map(len, ran.out.splitlines())) <= columns


def test_a_rule_of_ones_own_is_listed_and_its_examples_hold(command, pack):
    assert "mine.greeting v1" in command("rules", "list", "mine.greeting", "--rules", pack).out
    ran = command("rules", "test", "mine.greeting", "--rules", pack)
    assert (ran.code, ran.out.strip()) == (0, "1 rules, 2 examples, 0 wrong")
    ran = command("rules", "test", "mine.greeting", "--rules", pack, language="zh")
    assert ran.out.strip() == "1 条规则，2 个示例，0 个不符"


def test_an_example_that_does_not_hold_is_shown_and_fails(command, pack):
    (pack / "one.yaml").write_text(ONE.replace("EXAMPLE", "芝麻开门呀"), encoding="utf-8")
    ran = command("rules", "test", "mine.greeting", "--rules", pack)
    assert ran.code == 1
    assert "mine.greeting" in ran.out
    assert "1 wrong" in ran.out


def test_the_built_in_packs_have_no_objections(command):
    assert command("rules", "lint").code == 0


def test_lint_names_file_and_line(command, tmp_path):
    folder = tmp_path / "core"
    shutil.copytree(builtin_pack_paths()[0], folder)
    path = folder / "supervisor_request.yaml"
    path.write_text(path.read_text("utf-8").replace("status:", "statos:", 1), encoding="utf-8")
    ran = command("rules", "lint", folder)
    assert ran.code == 2
    assert "supervisor_request.yaml:" in ran.err
    assert "did you mean 'status'?" in ran.err


def test_list_shows_the_rules_as_a_pack_has_them(command):
    ran = command("rules", "list", "missing_recording_notice", "--pack", "cn-insurance", columns=160)
    assert ran.code == 0
    assert "← cn-insurance" in ran.out
    assert "critical" in ran.out
    assert "人身保险电话销售业务管理办法" in ran.out


def test_the_environment_chooses_the_pack(command, monkeypatch):
    monkeypatch.setenv("SPEECHQC_PACK", "us-collections-reg-f")
    assert "mini_miranda" in command("rules", "list", "missing_identity_disclosure", columns=160).out


def test_an_unknown_pack_is_named_with_those_there_are(command):
    ran = command("rules", "list", "--pack", "cn-bnak")
    assert ran.code == 2
    assert "did you mean 'cn-bank'?" in ran.err
