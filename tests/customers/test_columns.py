"""Which column is which, and what happens where that is not certain."""

from __future__ import annotations

import pandas as pd
import pytest

from wfp_ops.customers.read import read_customers
from wfp_ops.customers.set_aside import notes
from wfp_ops.errors import CustomerListError, SettingsError
from wfp_ops.frames.columns import CUSTOMERS


def with_headers(*headers: str) -> pd.DataFrame:
    return pd.DataFrame([[f"{header} {n}" for header in headers] for n in range(2)], columns=list(headers))


def refused(frame, error=CustomerListError, **options) -> str:
    with pytest.raises(error) as caught:
        read_customers(frame, **options)
    return str(caught.value)


@pytest.mark.parametrize(
    "header", ["customer_id", "Customer ID", "CUSTOMER-ID", " customerId ", "\ufeffcustomer_id"]
)
def test_our_name_in_other_spellings(header):
    """Case, blanks, separators and invisible marks don't matter."""
    customers = read_customers(pd.DataFrame({"other": ["x"], header: ["42"]}))
    assert customers["customer_id"].tolist() == ["42"]


def test_an_alias_is_taken_and_said():
    """Another spelling is taken where it alone fits, and the note shows the line that fixes it."""
    customers = read_customers(with_headers("Id", "Company"))
    assert customers["customer_id"].tolist() == ["Id 0", "Id 1"]
    assert customers["name"].tolist() == ["Company 0", "Company 1"]
    assert any('columns = { customer_id = "Id" }' in note for note in notes(customers))


def test_the_exact_name_wins_over_an_alias():
    """A row number called id doesn't compete with customer_id; it is carried along."""
    customers = read_customers(with_headers("id", "customer_id"))
    assert customers["customer_id"].tolist() == ["customer_id 0", "customer_id 1"]
    assert customers["id"].tolist() == ["id 0", "id 1"]
    assert any("carried along only: 'id'" in note for note in notes(customers))


@pytest.mark.parametrize(
    "headers",
    [
        ("customer_id", "Customer ID"),
        ("id", "customer number"),
        ("customer_id", "customer_id"),
        ("tenant_id", "Account Id"),
    ],
)
def test_two_columns_that_look_like_the_id(headers):
    """Nobody guesses between them: the error names both and the line to write."""
    message = refused(with_headers(*headers))
    for header in headers:
        assert repr(header) in message
    assert "[customers] columns = { customer_id" in message or "rename" in message


def test_the_settings_decide_between_two():
    """A mapped column wins, and the other is carried along under a name that says so."""
    frame = with_headers("customer_id", "Customer ID", "CRM Id")
    customers = read_customers(frame, columns={"customer_id": "CRM Id"})
    assert customers["customer_id"].tolist() == ["CRM Id 0", "CRM Id 1"]
    assert customers["customer_id (original)"].tolist() == ["customer_id 0", "customer_id 1"]
    assert "Customer ID" in customers.columns


def test_no_id_column_lists_what_there_is():
    """The error lists the columns, the likeliest, and the line to write."""
    message = refused(with_headers("Custmer-ID", "name"))
    assert "'Custmer-ID', 'name'" in message
    assert 'columns = { customer_id = "Custmer-ID" }' in message


def test_a_mapped_column_that_is_missing():
    """The error names it, the nearest ones and all of them."""
    message = refused(with_headers("CRM-Id", "name"), columns={"customer_id": "CRM Id"})
    assert "'CRM Id'" in message
    assert "nearest: 'CRM-Id'" in message


def test_a_column_map_the_wrong_way_round():
    """The settings' error shows the line as it should be."""
    message = refused(with_headers("CRM Id"), SettingsError, columns={"CRM Id": "customer_id"})
    assert 'customer_id = "CRM Id"' in message
    refused(with_headers("CRM Id"), SettingsError, columns={"nonsense": "CRM Id"})
    refused(with_headers("CRM Id"), SettingsError, columns={"customer_id": " "})


def test_other_columns_are_not_guessed_either():
    """Two that look like the status are an error too."""
    message = refused(with_headers("customer_id", "Customer Status", "account_status"))
    assert "2 columns look like the status" in message


def test_extras_keep_their_names():
    """Nameless, repeated and clashing headers get names of their own; nothing is dropped."""
    frame = pd.DataFrame(
        [["1", "a", "b", "c", "d", "e"]], columns=["customer_id", "", "x", "x", "Näme", "🦊" * 150]
    )
    customers = read_customers(frame)
    assert list(customers.columns) == [*CUSTOMERS.names, "unnamed 2", "x", "x (2)", "Näme", "🦊" * 150]


def test_title_rows_above_the_header(tmp_path):
    """A header that is not first is pointed at."""
    path = tmp_path / "list.csv"
    path.write_text("Customers of ACME,,\nExported today,,\ncustomer_id,name,plan\n1,a,b\n")
    message = refused(path)
    assert "'Customers of ACME'" in message
    assert "row 3 looks like the header" in message


def test_many_columns_are_listed_in_part():
    """A thousand columns don't make a message of a thousand names."""
    message = refused(with_headers(*(f"c{n}" for n in range(1000))))
    assert "and 980 more" in message
    assert len(message) < 1000
