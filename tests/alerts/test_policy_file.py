"""The policy is data, and a wrong file says what is wrong with it."""

import pytest

from speechqc.alerts.policy_file import BUILT_IN, load_policy
from speechqc.errors import ConfigurationError
from speechqc.events import Severity


def test_the_built_in_policy_has_the_limits_of_the_domain():
    policy = load_policy()

    limits = {severity: policy.severities[severity].acknowledge_within_s for severity in Severity}
    assert limits == {"info": None, "low": None, "medium": 300, "high": 30, "critical": 10}
    assert policy.dedupe_within_s == 20
    assert [rung.action for rung in policy.ladder] == [
        "prompt", "whisper", "barge_in", "take_over", "stop_loss", "report",
    ]  # fmt: skip
    start = {severity: policy.severities[severity].level for severity in ("medium", "high", "critical")}
    assert start == {"medium": 0, "high": 1, "critical": 2}


def test_every_text_of_the_policy_is_in_both_languages():
    policy = load_policy()
    sentences = [rung.title for rung in policy.ladder] + [policy.joint.title, policy.joint.advice]
    assert all(text.zh and text.en for text in sentences)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "dedupe_within_s: 20",
            "dedupe_within_s: soon",
            r"Expected `float`, got `str` - at `\$.dedupe_within_s`",
        ),
        ("dedupe_within_s: 20", "dedupe_within_s: 0", "dedupe_within_s must be above 0 seconds, not 0"),
        ("cooldown_s: 60", "coldown_s: 60", "unknown field `coldown_s`"),
        ("min_severity: medium", "min_severity: grave", r"Invalid enum value 'grave' - at `\$.min_severity`"),
        (
            "critical: {level: 2,",
            "critical: {level: 9,",
            "severities.critical.level is 9, the ladder ends at 5",
        ),
        ("at_most: 5", "at_most: -1", "at_most must be 0 or more, not -1"),
        ("  low: {", "  lower: {", "Invalid enum value 'lower'"),
        ("  low: {level: 0, acknowledge_within_s: null}\n", "", "severities lacks low"),
        ("version: 1", "version: [", "alert policy .*policy.yaml: "),
    ],
)
def test_a_wrong_policy_names_file_and_field(tmp_path, old, new, message):
    text = BUILT_IN.read_text("utf-8")
    assert old in text
    file = tmp_path / "policy.yaml"
    file.write_text(text.replace(old, new), "utf-8")

    with pytest.raises(ConfigurationError, match=message) as caught:
        load_policy(file)
    assert str(file) in str(caught.value)


def test_a_missing_policy_file_is_named(tmp_path):
    with pytest.raises(ConfigurationError, match=r"none.yaml cannot be read: No such file"):
        load_policy(tmp_path / "none.yaml")
