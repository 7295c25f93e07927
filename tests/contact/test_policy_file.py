"""The presets, and what a file of the institution may make of them."""

import pytest

from speechqc.contact.attempt import Contact
from speechqc.contact.policy import Verified
from speechqc.contact.policy_file import load_contact_policy
from speechqc.errors import ConfigurationError
from tests.contact.making import NOON, call


@pytest.fixture
def policy_of(tmp_path):
    def load(text):
        file = tmp_path / "policy.yaml"
        file.write_text(text, encoding="utf-8")
        return load_contact_policy(file)

    return load


def rule_of(policy, name):
    return next(rule for preset in policy.presets for rule in preset.rules if rule.id == name)


def names(policy, contact: Contact):
    return [preset.id for preset in policy.active(contact)]


def test_every_rule_has_an_id_of_its_preset_a_source_and_both_languages():
    rules = [(preset, rule) for preset in load_contact_policy().presets for rule in preset.rules]
    assert len({rule.id for _, rule in rules}) == len(rules)
    for preset, rule in rules:
        assert rule.id.startswith(f"{preset.id}.")
        assert rule.title.zh and rule.title.en and rule.source.cite


@pytest.mark.parametrize(
    ("zone", "active"),
    [
        ("Asia/Shanghai", ["cn_bank_marketing", "cn_life_telesales", "cn_collections"]),
        ("Australia/Sydney", ["cn_bank_marketing", "cn_life_telesales", "cn_collections"]),
        ("America/Chicago", ["us_reg_f", "us_tsr_tcpa"]),
        ("Europe/London", ["uk"]),
    ],
)
def test_without_a_choice_the_customers_zone_chooses(zone, active):
    assert names(load_contact_policy(), call(zone=zone)) == active


def test_chosen_presets_judge_everybody(policy_of):
    policy = policy_of("presets: [us_reg_f, cn_call_centre]")
    assert names(policy, call()) == ["us_reg_f", "cn_call_centre"]
    assert names(load_contact_policy(presets=["uk"]), call()) == ["uk"]


def test_a_regulators_minimum_can_be_tightened(policy_of):
    policy = policy_of(
        "rules:\n"
        "  cn_collections.connected_day: {most: 2}\n"
        "  cn_collections.hours: {allowed: daily 09:00-20:00, breaks: daily 12:00-14:00}\n"
        "  us_reg_f.conversation: {days: 10, exempt: []}\n"
        "  us_tsr_tcpa.national_list: {grace_days: 0}\n"
    )
    assert rule_of(policy, "cn_collections.connected_day").most == 2
    assert rule_of(policy, "cn_collections.hours").allowed == "daily 09:00-20:00"
    assert rule_of(policy, "us_reg_f.conversation").exempt == ()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("cn_collections.connected_day: {most: 4}", "most 4 for 3, which is looser than GB/T 45251-2025"),
        ("cn_collections.connected_day: {action: warn}", "action warn for violation"),
        ("cn_collections.connected_day: {enabled: false}", "it is switched off"),
        ("cn_collections.connected_day: {window: rolling_days 2}", "window rolling_days 2 for calendar_day"),
        ("cn_collections.connected_day: {exempt: [booked, consent]}", "exempt consent"),
        ("cn_collections.connected_day: {tags: [vulnerable]}", "it concerns fewer calls"),
        ("cn_bank_marketing.hours: {allowed: daily 08:00-21:00}", "allowed daily 08:00-21:00"),
        ("cn_bank_marketing.hours: {allowed: daily 09:00-21:01}", "allowed daily 09:00-21:01"),
        ("cn_bank_marketing.hours: {zones: [Asia/Urumqi]}", "it concerns fewer calls"),
        ("us_reg_f.conversation: {days: 6}", "6 days for 7"),
        ("us_reg_f.attempts_7_days: {consent_days: 30}", "consent_days 30 for 7"),
        ("us_tsr_tcpa.national_list: {grace_days: 32}", "32 days of grace for 31"),
    ],
)
def test_a_regulators_minimum_is_never_loosened(policy_of, change, message):
    with pytest.raises(ConfigurationError, match=r"can be tightened, not loosened") as error:
        policy_of(f"rules: {{{change}}}")
    assert message in str(error.value)


def test_the_products_own_defaults_may_be_set_freely(policy_of):
    policy = policy_of("rules: {cn_bank_marketing.attempts_day: {most: 5, warn_at: null}}")
    rule = rule_of(policy, "cn_bank_marketing.attempts_day")
    assert (rule.most, rule.warn_at, rule.source.verified) == (5, None, Verified.PRODUCT)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rules: {cn_bank_marketing.attempts: {most: 1}}", "cn_bank_marketing.attempts, which no preset has"),
        ("rules: {cn_bank_marketing.attempts_day: {source: {}}}", "source cannot be changed"),
        ("rules: {cn_bank_marketing.attempts_day: {most: many}}", "cn_bank_marketing.attempts_day: "),
        ("rules: {cn_bank_marketing.attempts_day: {most: -1}}", "most is 0 or more"),
        ("rules: {cn_bank_marketing.hours: {breaks: noon}}", "'noon' are no hours"),
        ("presets: [mars]", "there is no preset 'mars' .there are cn_bank_marketing"),
        ("limits: []", "unknown field"),
        ("a: [", "contact policy"),
    ],
)
def test_a_wrong_file_is_told_what_is_wrong(policy_of, text, message):
    with pytest.raises(ConfigurationError, match=message):
        policy_of(text)


def test_rules_of_the_house_are_added(policy_of):
    policy = policy_of(
        "own:\n"
        "  id: house\n"
        "  version: 3\n"
        "  title: {zh: 本行, en: Our bank}\n"
        "  limits:\n"
        "    - {id: house.survey_month, title: {zh: 调查, en: surveys}, purposes: [survey], count: attempts,\n"
        "       window: calendar_month, most: 1, source: {cite: 本行规定, verified: P}}\n"
    )
    assert "house" in names(policy, call())
    assert [preset.name for preset in policy.active(call(dialled_at=NOON))][-1] == "house@3"
