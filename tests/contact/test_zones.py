"""Where an international number may ring."""

import pytest

from speechqc.contact.attempt import zones_wanted
from speechqc.contact.zones import zone_info, zones_of_number


@pytest.mark.parametrize(
    ("number", "zones"),
    [
        ("13800138000", ()),
        ("+86 138 0013 8000", ("Asia/Shanghai",)),
        ("0086 13800138000", ("Asia/Shanghai",)),
        ("+1 (212) 555-0100", ("America/New_York",)),
        ("+1 310 555 0100", ("America/Los_Angeles",)),
        ("+1 999 555 0100", ("America/New_York", "America/Los_Angeles")),
        ("+44 20 7946 0000", ("Europe/London",)),
        ("+61 2 9374 4000", ("Australia/Sydney",)),
        ("+61 412 345 678", ("Australia/Sydney", "Australia/Perth")),
        ("+852 2123 4567", ("Asia/Hong_Kong",)),
        ("+999", ()),
        ("+", ()),
        (None, ()),
    ],
)
def test_a_number_says_where_it_may_ring(number, zones):
    assert zones_of_number(number) == zones
    for zone in zones:
        zone_info(zone)


def test_address_and_number_add_up_and_home_is_the_default():
    assert zones_wanted("Asia/Shanghai", "+61 2 9374 4000") == ("Asia/Shanghai", "Australia/Sydney")
    assert zones_wanted("Asia/Shanghai, America/New_York", None) == ("Asia/Shanghai", "America/New_York")
    assert zones_wanted(None, "13800138000") == ("Asia/Shanghai",)
    assert zones_wanted(None, "+44 20 7946 0000") == ("Europe/London",)
