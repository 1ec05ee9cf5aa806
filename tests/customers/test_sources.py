"""One list, every source: what goes in as an id comes out as that id."""

from __future__ import annotations

import io
import json
import re

import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from wfp_ops.customers.ids import NULL_WORDS
from wfp_ops.customers.read import read_customers
from wfp_ops.customers.set_aside import records_read, set_aside
from wfp_ops.customers.text import BLANKS
from wfp_ops.frames.columns import CUSTOMERS
from wfp_ops.frames.export import to_csv

TRICKY = [
    "007",
    "42",
    "1e5",
    "1234567890123456789",
    "99999999999999999999",
    "0x1F",
    "true",
    "2026-03-04",
    "3-4",
    "1,5",
    "a;b|c\td",
    'quo"ted',
    "<b>x</b>",
    "a/b",
    "ünï",
    "عميل",
    "客户",
    "🦊",
    "a b",
    "-5",
    "=1+1",
    "@x",
    "+49",
    "'=1",
    "x" * 63,
    "y" * 300,
]


def write_csv(path, ids):
    frame = pd.DataFrame({"customer_id": ids, "name": [f"Name {n}" for n in range(len(ids))]}, dtype="str")
    path.write_text(to_csv(frame), encoding="utf-8", newline="")


def write_semicolons(path, ids):
    pd.DataFrame({"customer_id": ids, "name": "N"}, dtype="str").map(
        lambda text: "'" + text if text.startswith("'=") else text
    ).to_csv(path, sep=";", index=False, encoding="utf-8-sig")


def write_utf16(path, ids):
    path.write_bytes(to_csv(pd.DataFrame({"name": "N", "customer_id": ids}, dtype="str")).encode("utf-16"))


def write_xlsx(path, ids):
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.append(["name", "customer_id"])
    for at, text in enumerate(ids, start=2):
        sheet.cell(at, 1, "N")
        cell = sheet.cell(at, 2)
        cell.value = text
        cell.data_type = "s"
    workbook.save(path)


def write_parquet(path, ids):
    pd.DataFrame({"customer_id": ids, "name": "N"}, dtype="str").to_parquet(path)


def write_json(path, ids):
    path.write_text(json.dumps([{"customer_id": text, "name": "N"} for text in ids]))


def write_json_lines(path, ids):
    lines = (json.dumps({"customer_id": text}, ensure_ascii=False) for text in ids)
    path.write_text("\n".join(lines), encoding="utf-8")


WRITERS = {
    "list.csv": write_csv,
    "semicolons.csv": write_semicolons,
    "utf16.csv": write_utf16,
    "list.xlsx": write_xlsx,
    "list.parquet": write_parquet,
    "list.json": write_json,
    "list.jsonl": write_json_lines,
}


@pytest.mark.parametrize("name", WRITERS)
def test_ids_survive_every_file(tmp_path, name):
    """Zeros, long numbers, exponents, quotes, formulas, unicode and 300 characters come back as they were."""
    WRITERS[name](tmp_path / name, TRICKY)
    customers = read_customers(tmp_path / name)
    assert customers["customer_id"].tolist() == TRICKY
    CUSTOMERS.check(customers)


def test_ids_survive_a_frame():
    """The same for a DataFrame."""
    assert read_customers(pd.DataFrame({"customer_id": TRICKY}))["customer_id"].tolist() == TRICKY


@pytest.mark.parametrize("name", WRITERS)
def test_blanks_around_an_id_are_trimmed(tmp_path, name):
    """Blanks, no-break spaces, zero-width marks and tabs around an id go, those inside stay."""
    WRITERS[name](tmp_path / name, [" 42 ", "\u00a043", "44\u200b", "\u200e45\u202c", "a  b"])
    assert read_customers(tmp_path / name)["customer_id"].tolist() == ["42", "43", "44", "45", "a  b"]


def sound(text: str) -> bool:
    """Ids that stand for themselves: no null word, nothing that Excel's file can't hold, no cut digits."""
    trimmed = text.strip(BLANKS)
    return bool(trimmed) and text == trimmed and text.lower() not in NULL_WORDS and "E+" not in text


IDS = st.lists(
    st.text(
        st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Cn")) | st.sampled_from("-=+@'\",;|%_"),
        min_size=1,
        max_size=20,
    ).filter(sound)
    | st.integers(0, 10**19).map(str)
    | st.from_regex(r"[A-Za-z0-9_-]{1,63}", fullmatch=True).filter(sound),
    min_size=1,
    max_size=8,
    unique=True,
).filter(lambda ids: not all(re.fullmatch(r"[0-9]+\.0", text) for text in ids))


@pytest.mark.parametrize("name", [name for name in WRITERS if name != "semicolons.csv"])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ids=IDS)
def test_any_ids_come_back(tmp_path, name, ids):
    """Written and read, any list of ids is the same list."""
    WRITERS[name](tmp_path / name, ids)
    assert read_customers(tmp_path / name)["customer_id"].tolist() == ids


CELLS = st.sampled_from(["1", "2", " 2", "3", "", "NULL", "x,y", 'q"', "1.5E+18", "a\nb"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(rows=[["x,y", "a\nb", "x,y"]])
@given(rows=st.lists(st.lists(CELLS, min_size=1, max_size=4), max_size=12))
def test_every_row_is_used_or_set_aside(tmp_path, rows):
    """Whatever stands in the rows, as many are in the frame and set aside as have any content."""
    path = tmp_path / "list.csv"
    lines = [["customer_id", "name", "plan"], ["sure", "S", "p"], *rows]
    buffer = io.StringIO()
    for line in lines:
        buffer.write(",".join('"' + cell.replace('"', '""') + '"' for cell in line) + "\r\n")
    path.write_text(buffer.getvalue(), newline="")
    customers = read_customers(path)
    filled = [row for row in rows if any(cell.strip() for cell in row)]
    assert len(customers) + len(set_aside(customers)) == records_read(customers) == len(filled) + 1
    seen = {*customers["customer_id"], *(one for ids in set_aside(customers)["customer_ids"] for one in ids)}
    assert {row[0].strip() for row in filled if row[0].strip()} <= seen


@given(st.permutations([("1", "a"), ("2", "b"), ("2", "c"), ("3", "d"), (None, "e"), ("4", "f")]))
def test_the_order_of_rows_is_irrelevant(rows):
    """The same records are used and set aside in any order."""
    customers = read_customers(pd.DataFrame(rows, columns=["customer_id", "name"]))
    assert set(customers["customer_id"]) == {"1", "3", "4"}
    assert sorted(map(tuple, set_aside(customers)["customer_ids"])) == [(), ("2",), ("2",)]


def test_a_million_rows(tmp_path):
    """A million rows come through whole, with the one bad row and the one repeated id named."""
    path = tmp_path / "big.csv"
    ids = pd.Series(range(1_000_000)).astype("str").str.zfill(7)
    body = (ids + ",Customer " + ids + ",active,2026-03-04\n").str.cat()
    path.write_text("customer_id,name,status,started_on\n" + body + "0000041,again,active,\nbroken,row\n")
    customers = read_customers(path)
    aside = set_aside(customers)
    assert len(customers) == 999_999
    assert customers["customer_id"].iloc[[0, 41, -1]].tolist() == ["0000000", "0000042", "0999999"]
    assert aside["row"].tolist() == [43, 1_000_002, 1_000_003]
    assert aside["customer_ids"].tolist() == [["0000041"], ["0000041"], ["broken", "row"]]
    assert records_read(customers) == 1_000_002
