"""CSV as people and programs write it, well and badly."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfp_ops.customers.formats.csv_careful import careful_records
from wfp_ops.customers.read import read_customers
from wfp_ops.customers.set_aside import notes, records_read, set_aside


@pytest.fixture
def read(tmp_path):
    def write_and_read(content, name="list.csv", **options):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_customers(path, **options)

    return write_and_read


def seen(customers) -> set[str]:
    return {one for ids in set_aside(customers)["customer_ids"] for one in ids}


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_are_told_apart(read, delimiter):
    """Each usual delimiter, with the others inside of values."""
    text = delimiter.join(["customer_id", "name", "mrr"]) + "\n"
    for n in range(3):
        text += delimiter.join([f"{n}", '"a, b; c| d\te"', "1"]) + "\n"
    customers = read(text)
    assert customers["customer_id"].tolist() == ["0", "1", "2"]
    assert customers["name"].tolist() == ["a, b; c| d\te"] * 3


def test_commas_in_values_don_t_beat_the_header(read):
    """A header that names our columns settles the delimiter, whatever the values are full of."""
    customers = read("customer_id;name\n1;a,b,c\n2;d,e,f\n")
    assert customers["name"].tolist() == ["a,b,c", "d,e,f"]


def test_a_mapped_header_counts_for_the_delimiter(read):
    """The operator's own names count as known."""
    customers = read("Nr, alt;Titel, lang\n1;x,y\n", columns={"customer_id": "Nr, alt"})
    assert customers["customer_id"].tolist() == ["1"]


def test_excel_s_separator_line(read):
    """Excel's first line sep= is obeyed and is no header; rows are counted with it."""
    customers = read("sep=;\ncustomer_id;name\n1;a\n;b\n")
    assert customers["customer_id"].tolist() == ["1"]
    assert set_aside(customers)["row"].tolist() == [4]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", [True, False])
def test_line_ends(read, end, last):
    """Unix, Windows and old Mac line ends, with and without the last one."""
    customers = read(end.join(["customer_id,name", "1,a", "2,b"]) + (end if last else ""))
    assert customers["customer_id"].tolist() == ["1", "2"]
    assert customers["name"].tolist() == ["a", "b"]


def test_one_column(read):
    """A list of ids alone."""
    assert read("customer_id\n007\n\n42\n")["customer_id"].tolist() == ["007", "42"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_one_column_with_stray_delimiters(read, delimiter):
    """In a list of one column, a row with more than an id is set aside, with all of its pieces seen."""
    customers = read(f"customer_id\n1\n2{delimiter}Acme\n3\n")
    assert customers["customer_id"].tolist() == ["1", "3"]
    assert {"2", "Acme"} <= seen(customers)


def test_line_breaks_inside_quotes(read):
    """A quoted value may hold line breaks; rows are counted as a spreadsheet counts them."""
    customers = read('customer_id,name,plan\n1,"Main St 5\nBerlin",pro\n2,b,pro\n,c,pro\n')
    assert customers["name"].tolist() == ["Main St 5\nBerlin", "b"]
    assert set_aside(customers)["row"].tolist() == [4]


def test_rows_too_short_and_too_long(read):
    """They are set aside with their number, and each of their fields counts as an id that was seen."""
    customers = read("customer_id,name\n1,a\n2\n3,c,extra\n4,d\n,\n5,e\n6,f,g,h\n")
    assert customers["customer_id"].tolist() == ["1", "4", "5"]
    aside = set_aside(customers)
    assert aside["row"].tolist() == [3, 4, 8]
    assert "1 fields where the header has 2" in aside["reason"][0]
    assert aside["value"][1] == "3,c,extra"
    assert {"2", "3", "c", "extra", "6", "f", "g", "h"} <= seen(customers)
    assert records_read(customers) == 6


def test_a_file_that_ends_within_a_row(read):
    """A last row that is too short and has no line end may be a cut: a note says so."""
    assert any("it may be cut" in note for note in notes(read("customer_id,name\n1,a\n2")))
    assert not any("it may be cut" in note for note in notes(read("customer_id,name\n1,a\n2\n")))


def test_a_stray_quote_costs_one_row_only(read):
    """A quote without a partner would swallow the rest of the file: only its own row is set aside."""
    customers = read('customer_id,name\n1,a\n2,"b\n3,c\n4,d\n')
    assert customers["customer_id"].tolist() == ["1", "3", "4"]
    assert "2" in seen(customers)
    assert set_aside(customers)["reason"].tolist() == ["its quotes don't match"]


def test_text_after_a_closing_quote(read):
    """A row whose quotes are broken is set aside, not glued together."""
    customers = read('customer_id,name\n"4"2,a\n5,"b ""x"" c"\n6,5" pipe\n')
    assert customers["customer_id"].tolist() == ["5", "6"]
    assert customers["name"].tolist() == ['b "x" c', '5" pipe']
    assert {'"4"2', "42"} <= seen(customers)


def test_two_stray_quotes_that_pair_up(read):
    """Rows swallowed between two stray quotes are set aside with every id in them seen."""
    customers = read('customer_id,name\n1,"Acme\n2,Beta\n3,Gamma"\n4,d\n')
    assert customers["customer_id"].tolist() == ["4"]
    assert {"1", "2", "3"} <= seen(customers)


def test_delimiters_at_the_end_of_lines(read):
    """Trailing delimiters in header and rows, in the header alone, or in rows alone, are nothing."""
    for text in (
        "customer_id,name,\n1,a,\n2,b,\n",
        "customer_id,name,,\n1,a\n2,b\n",
        "customer_id,name\n1,a,\n2,b,,\n",
        "customer_id,name\n1,a\n2,b,,\n",
        "customer_id,name,\n1,a\n2,b,\n",
        "customer_id,name,,\n1,a,,\n2,b\n",
        '"customer_id","name",\n"1","a"\n"2","b"\n',
    ):
        customers = read(text)
        assert customers["customer_id"].tolist() == ["1", "2"]
        assert set_aside(customers).empty
        assert not [name for name in customers.columns if "unnamed" in name]


def test_a_long_row_among_rows_with_a_trailing_delimiter(read):
    """Where every row ends in a delimiter, one with content there is too long all the same."""
    customers = read("customer_id,name\n1,a,\n2,b,\n3,Smith,Jr\n4,d,\n")
    assert customers["customer_id"].tolist() == ["1", "2", "4"]
    assert set_aside(customers)["row"].tolist() == [4]
    assert {"3", "Smith", "Jr"} <= seen(customers)
    assert "Jr" not in customers.columns


def test_a_nameless_column_with_content_is_kept(read):
    """Content without a header gets a name."""
    assert read("customer_id,,name\n1,x,a\n")["unnamed 2"].tolist() == ["x"]


def test_rows_and_lines_without_content(read):
    """Blank lines and rows of delimiters are no records; a note counts them."""
    customers = read("\n\ncustomer_id,name\n1,a\n\n,\n , \n2,b\n,b\n")
    assert customers["customer_id"].tolist() == ["1", "2"]
    assert set_aside(customers)["row"].tolist() == [9]
    assert "3 rows without any content were left out" in notes(customers)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-le", "cp1252"])
def test_encodings(read, encoding):
    """Unicode in its forms and the older western encoding; only a guess is noted."""
    text = (
        "customer_id,name\n1,Müller & Söhne GmbH\n2,Crème Brûlée\n3,Łódź\n"
        if "utf" in encoding
        else ("customer_id,name\n1,Müller & Söhne GmbH\n2,Crème Brûlée à la carte\n")
    )
    mark = b"\xff\xfe" if encoding == "utf-16-le" else b""
    customers = read(mark + text.encode(encoding))
    assert customers["name"].iloc[:2].tolist()[0] == "Müller & Söhne GmbH"
    assert bool([note for note in notes(customers) if "not UTF-8" in note]) is (encoding == "cp1252")


@pytest.mark.parametrize("name", ["Müller", "Señor", "Blåbær", "Ça va", "€ 5 “x”"])
def test_short_western_texts(read, name):
    """One accented word in a whole file is enough to read it right."""
    assert read(f"customer_id,name\n1,{name}\n".encode("cp1252"))["name"].tolist() == [name]


def test_formulas_that_our_own_export_defused(read):
    """A quote mark before a formula is our export's: it goes; any other stays."""
    customers = read("customer_id,name\n'-5,'=1+1\n''=1,'tis\n'6,x\n")
    assert customers["customer_id"].tolist() == ["-5", "'=1", "'6"]
    assert customers["name"].tolist() == ["=1+1", "'tis", "x"]


def test_a_column_of_floats(read):
    """Ids that a program turned into floats (because one was missing) are read without decimals, said aloud."""
    customers = read("customer_id,name\n42.0,a\n43.0,b\n,c\n")
    assert customers["customer_id"].tolist() == ["42", "43"]
    assert any("without the decimals" in note for note in notes(customers))
    assert read("customer_id\n1.0\n1.1\n")["customer_id"].tolist() == ["1.0", "1.1"]


def test_a_field_longer_than_a_block(read):
    """A value of two megabytes is a value like any other."""
    customers = read('customer_id,name\n1,"' + "x" * 2_000_000 + '"\n2,b\n')
    assert customers["name"].str.len().tolist() == [2_000_000, 1]


def test_an_extension_does_not_matter(read):
    """A CSV named .xlsx or .json-like is read as what it is."""
    assert read("customer_id\n1\n", name="list.xlsx")["customer_id"].tolist() == ["1"]
    assert read('[{"customer_id": "1"}]', name="list.csv")["customer_id"].tolist() == ["1"]


def test_no_quoting_trick_hides_the_header(read):
    """Quoted headers and ids are read without their quotes."""
    customers = read('"customer_id","name"\n"42","a"\n"007","b"\n')
    assert customers["customer_id"].tolist() == ["42", "007"]


@given(
    st.lists(st.lists(st.text("ab,\"\n\r ;'", max_size=6), min_size=3, max_size=3), min_size=1, max_size=8)
)
def test_the_careful_reader_agrees_with_the_standard(rows):
    """On well-formed text the slow reader gives what Python's own gives."""
    rows = [["x", "y", "z"], *([cell.replace("\r", "\n") for cell in row] for row in rows)]
    buffer = io.StringIO()
    csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    records, numbers, odd = careful_records(buffer.getvalue(), ",")
    assert records == rows
    assert numbers == list(range(1, len(rows) + 1))
    assert odd == []
