"""`speechqc contact`: the question before dialling, files of calls, the list and what was called in spite of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from speechqc.contact.standing import Complaint
from speechqc.events import Direction
from speechqc.store import Contact, ContactLedger, DoNotCall, Outcome, Purpose, Store

AT = "2026-03-18T12:00+08:00"
ZH = """编号,客户号,电话,用途,拨打时间,结果,通话时长,委外
a1,k1,13800138000,营销,2026-03-18 09:10:00,未接,,
a2,k1,+86 139 0013 9000,营销,2026/3/18 10:05,接通,00:01:10,甲公司
"""
EN = """id;phone;purpose;start_time;result;duration
b1;13800138000;marketing;2026-03-18T01:10:00Z;no answer;
"""


@pytest.fixture
def file(tmp_path):
    def write(text, encoding="utf-8"):
        path = tmp_path / "calls.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return write


@pytest.fixture
def ledger(tmp_path):
    """The ledger the commands use."""
    with Store.open(str(tmp_path / "var" / "speechqc.db")) as store:
        yield ContactLedger(store)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk"])
def test_chinese_files_are_read_in_the_encodings_spreadsheets_write(command, file, ledger, encoding):
    ran = command("contact", "import", file(ZH, encoding))
    assert (ran.code, ran.out) == (0, "calls.csv: 2 entered, 0 there already, 0 rows wrong\n")
    second, first = ledger.attempts(customer="k1")
    assert (first.number, first.outcome, first.dialled_at) == (
        "13800138000", "no_answer", datetime(2026, 3, 18, 1, 10, tzinfo=UTC),
    )  # fmt: skip
    assert (second.number, second.talk_s, second.vendor) == ("13900139000", 70.0, "甲公司")


def test_english_headings_and_other_marks_are_known(command, file, ledger):
    assert command("contact", "import", file(EN)).code == 0
    assert [c.id for c in ledger.attempts(number="13800138000")] == ["b1"]


def test_a_file_twice_is_entered_once(command, file):
    command("contact", "import", file(ZH))
    assert (
        command("contact", "import", file(ZH)).out == "calls.csv: 0 entered, 2 there already, 0 rows wrong\n"
    )


def test_wrong_rows_are_named_by_line_and_the_rest_is_entered(command, file, ledger):
    wrong = (
        "a3,k1,1.38E+10,营销,2026-03-18 11:00,未接,,\n"
        "a4,,,营销,2026-03-18 11:00,未接,,\n"
        "\n"
        "a5,k1,,跳舞,2026-03-18 11:00,未接,,\n"
        "a6,k1,,营销,昨天,未接,,\n"
        ",k1,,营销,2026-03-18 11:00,未接,,\n"
        "a7,k1,,营销,2026-02-30 11:00,未接,,\n"
    )
    ran = command("contact", "import", file(ZH + wrong))
    assert (ran.code, ran.out) == (1, "calls.csv: 2 entered, 0 there already, 6 rows wrong\n")
    lines = ran.err.splitlines()
    for line, why in {
        4: "a spreadsheet rounded it",
        5: "neither customer nor number",
        7: "purpose '跳舞', expected one of marketing",
        8: "time '昨天', expected one such as",
        9: "id is empty",
        10: "day is out of range",
    }.items():
        assert any(f"line {line}: " in shown and why in shown for shown in lines), (line, ran.err)
    assert len(ledger.attempts()) == 2


def test_a_file_without_the_headings_is_refused(command, file):
    ran = command("contact", "import", file("号码,姓名\n138,李\n"))
    assert ran.code == 2
    assert "the headings lack id and dialled_at: came 号码, 姓名" in ran.err


def test_the_check_answers_with_its_reasons(command, file):
    command("contact", "import", file(ZH))
    ran = command("contact", "check", "--number", "13800138000", "--at", AT)
    assert ran.code == 4
    assert "block\n" in ran.out
    assert "marketing calls a day: this is number 3, the limit is 2" in ran.out
    assert "next allowed: 2026-03-19 09:00" in ran.out

    zh = command("contact", "check", "--customer", "k1", "--at", AT, language="zh")
    assert "禁止拨打" in zh.out and "本次为第 3 次，上限 2 次" in zh.out
    assert command("contact", "check", "--customer", "k1", "--at", AT, "--purpose", "service").code == 0
    assert command("contact", "check", "--customer", "k1", "--at", AT, "--booked").code == 0


def test_the_check_speaks_json(command):
    ran = command("contact", "check", "--number", "+12125550100", "--at", "2026-03-18T07:45-04:00", "--json")
    verdict = json.loads(ran.out)
    assert (ran.code, verdict["decision"], verdict["presets"]) == (
        4,
        "block",
        ["us_reg_f@1", "us_tsr_tcpa@1"],
    )
    assert verdict["next_allowed_at"] == "2026-03-18T08:00:00-04:00"


def test_the_check_judges_by_the_preset_that_is_named(command):
    at = ("--at", "2026-03-18T08:30+08:00")
    assert command("contact", "check", "--number", "138", *at).code == 4
    assert command("contact", "check", "--number", "138", *at, "--preset", "us_tsr_tcpa").code == 0
    ran = command("contact", "check", "--number", "138", "--preset", "mars")
    assert (ran.code, "there is no preset 'mars'" in ran.err) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "nobody to call"),
        (["--number", "138", "--purpose", "fun"], "'fun' is no purpose of a call"),
        (["--number", "138", "--at", "noon"], "'noon' is no time"),
        (["--number", "138", "--zone", "Mars/Olympus"], "'Mars/Olympus' is no time zone"),
    ],
)
def test_a_wrong_question_is_told_what_is_wrong(command, arguments, message):
    ran = command("contact", "check", *arguments)
    assert (ran.code, message in ran.err) == (2, True)


def test_a_policy_file_tightens_the_check(command, tmp_path):
    own = tmp_path / "policy.yaml"
    own.write_text("rules: {cn_bank_marketing.hours: {breaks: 'daily 12:00-14:00'}}")
    at = ("--at", "2026-03-18T12:30+08:00")
    assert command("contact", "check", "--number", "138", *at).code == 0
    assert command("contact", "check", "--number", "138", *at, "--policy", own).code == 4


def test_an_entry_is_added_listed_exported_and_removed_by_two(command, tmp_path):
    added = command("contact", "dnc", "add", "--number", "13800138000", "--reason", "letter", "--by", "li")
    entry = added.out.split()[-1]
    assert command("contact", "check", "--number", "138 0013 8000", "--at", _tomorrow()).code == 4
    assert entry in command("contact", "dnc", "list", columns=200).out

    exported = command("contact", "dnc", "export", tmp_path / "dnc.csv", "--vendor", "agency", "--by", "li")
    assert exported.out.endswith(": 1 entries\n")
    assert "13800138000" in (tmp_path / "dnc.csv").read_text("utf-8-sig")
    assert "letter" not in (tmp_path / "dnc.csv").read_text("utf-8-sig")

    remove = ("contact", "dnc", "remove", entry, "--by", "li", "--why", "asked")
    assert "a second person must approve" in command(*remove, "--approved-by", "li", "--consent", "c").err
    assert "removed only with proof" in command(*remove, "--approved-by", "wang").err
    assert command(*remove, "--approved-by", "wang", "--consent", "clip 9").code == 0
    assert command("contact", "check", "--number", "13800138000", "--at", _tomorrow()).code == 0
    assert "clip 9" not in command("contact", "dnc", "list", columns=200).out
    assert (
        "li, wang" in command("contact", "dnc", "list", "--number", "13800138000", "--all", columns=200).out
    )


def test_a_term_shorter_than_the_law_allows_is_refused(command):
    soon = (datetime.now(UTC) + timedelta(days=90)).isoformat()
    ran = command("contact", "dnc", "add", "--number", "1", "--reason", "r", "--by", "li", "--until", soon)
    assert (ran.code, "a refusal holds at least 183 days" in ran.err) == (2, True)


def test_reconciling_finds_who_was_called_in_spite_of_the_list(command, ledger):
    assert command("contact", "reconcile").out == "last 7 days: 0 calls to people on the list\n"
    now = datetime.now(UTC)
    ledger.do_not_call.add(DoNotCall(id="e1", customer="k1", reason="letter", since=now - timedelta(days=3)))
    called = {"customer": "k1", "number": "2", "outcome": Outcome.CONNECTED, "vendor": "agency"}
    ledger.add(
        [
            Contact(id="before", dialled_at=now - timedelta(days=4), **called),
            Contact(id="after", dialled_at=now - timedelta(days=1), **called),
            Contact(id="service", dialled_at=now - timedelta(days=1), purpose=Purpose.SERVICE, **called),
            Contact(id="inbound", dialled_at=now - timedelta(days=1), direction=Direction.INBOUND, **called),
        ]
    )
    ran = command("contact", "reconcile")
    assert ran.code == 1
    assert "(after, by agency): called 2 days after entry e1: letter" in ran.out
    assert "last 7 days: 1 calls to people on the list" in ran.out
    assert json.loads(command("contact", "reconcile", "--json").out)["contact"]["id"] == "after"


def test_tags_and_complaints_are_kept_by_people(command, ledger):
    made = command("contact", "tag", "set", "silent_marketing", "--customer", "k1", "--window", "sat,sun 10:00-18:00", "--reason", "asked", "--by", "li").out.split()[-1]  # fmt: skip
    assert command("contact", "check", "--customer", "k1", "--at", "2099-03-18T12:00+08:00").code == 4
    assert command("contact", "check", "--customer", "k1", "--at", "2099-03-21T12:00+08:00").code == 0
    assert "silent_marketing" in command("contact", "tag", "list", "--customer", "k1").out
    assert command("contact", "tag", "remove", made, "--by", "li", "--why", "asked").code == 0
    assert command("contact", "tag", "list", "--customer", "k1").out == ""
    assert "'happy' is no tag" in command("contact", "tag", "set", "happy", "--customer", "k1", "--reason", "r", "--by", "li").err  # fmt: skip

    ledger.records.add(
        Complaint(id="p1", customer="k1", matter="fund", opened_at=datetime.now(UTC) - timedelta(days=9))
    )
    assert "open  fund" in command("contact", "complaint", "list", "--customer", "k1").out
    assert command("contact", "complaint", "close", "p1", "--by", "li").code == 0
    assert "no complaint p1 is open" in command("contact", "complaint", "close", "p1", "--by", "li").err
    assert [tag.tag for tag in ledger.records.tags(customer="k1")] == ["reduced_frequency"]


def test_the_ledger_and_the_presets_are_shown(command, file):
    command(
        "contact", "import", file(ZH.replace("2026-03-18 09:10:00", f"{datetime.now(UTC):%Y-%m-%d} 00:01"))
    )
    assert "a1" in command("contact", "list", "--customer", "k1", columns=200).out
    shown = command("contact", "presets", columns=200).out
    for rule in (
        "us_reg_f.conversation",
        "cn_collections.connected_day",
        "uk.abandoned",
        "cn_call_centre.consent",
    ):
        assert rule in shown


def _tomorrow() -> str:
    return f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%d}T12:00+08:00"
