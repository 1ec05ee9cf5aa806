"""The price table: what is shipped, what a user's own may say, and what it may not."""

from decimal import Decimal

import pytest

from wfp_ops.errors import SettingsError
from wfp_ops.usage.cost.month import Month
from wfp_ops.usage.cost.prices import parse_prices, read_prices

ENTRY = {
    "from": '"2026-01"',
    "base": '"25.00"',
    "requests_included": "20_000_000",
    "requests_per_million": '"0.30"',
    "cpu_ms_included": "60_000_000",
    "cpu_ms_per_million": "0.02",
    "scripts_included": "1000",
    "script": '"0.02"',
}


def written(**other):
    """One entry; a value of None is left out."""
    lines = {**ENTRY, **{name.rstrip("_"): value for name, value in other.items()}}
    return "[[prices]]\n" + "\n".join(
        f"{name} = {value}" for name, value in lines.items() if value is not None
    )


def test_what_is_shipped():
    """Cloudflare's published prices."""
    prices = read_prices().of(Month(2026, 10))
    assert (prices.base, prices.script) == (Decimal("25.00"), Decimal("0.02"))
    assert (prices.requests_included, prices.requests_per_million) == (20_000_000, Decimal("0.30"))
    assert (prices.cpu_ms_included, prices.cpu_ms_per_million) == (60_000_000, Decimal("0.02"))
    assert prices.scripts_included == 1000


def test_the_entry_that_counts(tmp_path):
    """The newest one that has begun, whatever their order in the file; a number is as good as a text."""
    path = tmp_path / "prices.toml"
    path.write_text("\n".join([written(from_='"2026-06"', base="30"), written()]), encoding="utf-8")
    table = read_prices(path)
    assert [str(entry.since) for entry in table.entries] == ["2026-01", "2026-06"]
    assert table.of(Month(2026, 5)).base == 25
    assert table.of(Month(2026, 6)).base == 30
    assert table.of(Month(2030, 1)).base == 30
    assert table.of(Month(2026, 1)).cpu_ms_per_million == Decimal("0.02")


def test_a_month_before_the_table():
    """It names the file, and what the table begins with."""
    with pytest.raises(SettingsError, match="no prices for 2025-12: the table begins with 2026-01") as caught:
        parse_prices(written(), "mine.toml").of(Month(2025, 12))
    assert caught.value.file == "mine.toml"


@pytest.mark.parametrize(
    ("other", "key", "said"),
    [
        ({"base": "-1"}, "base", "a number from 0 to"),
        ({"base": '"-0.01"'}, "base", "a number from 0 to"),
        ({"base": '"a lot"'}, "base", "no number"),
        ({"base": "true"}, "base", "no number"),
        ({"base": "nan"}, "base", "can't be"),
        ({"base": "inf"}, "base", "can't be"),
        ({"script": None}, "script", "missing"),
        ({"from_": None}, "from", "missing"),
        ({"from_": '"2026-13"'}, "from", "no month"),
        ({"from_": "2026-01-01"}, "from", "no month"),
        ({"scripts_included": "0.5"}, "scripts_included", "no whole number"),
        ({"scripts": "1"}, "scripts", "nothing is called so"),
    ],
)
def test_what_a_table_may_not_say(other, key, said):
    """The error names the file, the entry and the key."""
    with pytest.raises(SettingsError, match=said) as caught:
        parse_prices(written(**other), "mine.toml")
    assert (caught.value.file, caught.value.key) == ("mine.toml", key)
    assert "entry 1" in caught.value.message


@pytest.mark.parametrize(
    "text", ["", "prices = 3", "prices = []", "prices = [3]", "[[prices", "[prices]\nbase = 1"]
)
def test_what_is_no_table(text):
    """Each says so."""
    with pytest.raises(SettingsError) as caught:
        parse_prices(text, "mine.toml")
    assert caught.value.file == "mine.toml"


def test_two_entries_of_one_month():
    """Nobody could tell which one counts."""
    with pytest.raises(SettingsError, match="two entries"):
        parse_prices(f"{written()}\n{written(base='30')}", "mine.toml")


def test_files_that_can_not_be_read(tmp_path):
    """One that is not there, a folder, bytes that are no text."""
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path / "none.toml", tmp_path, binary):
        with pytest.raises(SettingsError, match="can't be read") as caught:
            read_prices(path)
        assert caught.value.file == str(path)
