"""Any table of contacts is read or its mistakes are told by line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechqc.contact.attempt import Contact
from speechqc.contact.table import BadRow, headings, read_contacts
from speechqc.errors import ConfigurationError

HEAD = "id,number,dialled_at,purpose,direction,outcome,ring_s,talk_s,booked,booked_for,party\n"


def one(cells):
    [row] = read_contacts([HEAD, cells])
    return row


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("2026-03-18 12:30:05", "2026-03-18T04:30:05+00:00"),
        ("2026/3/8 9:05", "2026-03-08T01:05:00+00:00"),
        ("2026年3月8日 09:05", "2026-03-08T01:05:00+00:00"),
        ("2026-03-18T12:30:05.123+08:00", "2026-03-18T04:30:05+00:00"),
        ("2026-03-18T12:30Z", "2026-03-18T12:30:00+00:00"),
    ],
)
def test_times_are_read_as_they_are_written(written, utc):
    assert one(f"a,138,{written}").dialled_at.isoformat() == utc


def test_words_of_both_languages_mean_the_same():
    zh = one("a,138,2026-03-18 12:30,催收,呼入,他人接听,12秒,00:01:05,是,2026-03-18 12:00,亲属")
    en = one("a,138,2026-03-18 12:30,Collections,inbound,third_party,12,65,yes,2026-03-18 12:00,relative")
    assert zh == en
    assert (zh.ring_s, zh.talk_s, zh.booked) == (12.0, 65.0, True)


def test_a_number_from_abroad_brings_its_zone():
    assert one("a,+1 212 555 0100,2026-03-18 12:30").zone == "America/New_York"


def test_every_column_has_headings_that_are_its_own():
    names = [name.casefold() for known in headings().values() for name in known]
    assert len(set(names)) == len(names)
    assert set(headings()) <= set(Contact.__struct_fields__)


@given(st.lists(st.text(max_size=60), max_size=6))
def test_any_rows_under_the_headings_are_contacts_or_told_by_line(rows):
    for found in read_contacts([HEAD, *(f"{row}\n" for row in rows)]):
        assert isinstance(found, (Contact, BadRow))


@given(st.lists(st.text(max_size=80), max_size=4))
def test_any_text_is_read_or_refused(lines):
    try:
        list(read_contacts(lines))
    except ConfigurationError as error:
        assert "the headings lack" in str(error)
