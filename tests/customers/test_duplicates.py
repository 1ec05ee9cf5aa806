"""One id in several records."""

from __future__ import annotations

import pandas as pd

from wfp_ops.customers.read import read_customers
from wfp_ops.customers.set_aside import notes, set_aside


def frame(*rows):
    return pd.DataFrame(rows, columns=["customer_id", "status", "namespace"])


def test_every_record_of_a_repeated_id_is_set_aside():
    """Each names the others' rows, keeps its mapping, and the id counts as seen."""
    customers = read_customers(frame(("1", "active", "x"), ("2", "active", None), (" 1 ", "churned", "y")))
    aside = set_aside(customers)
    assert customers["customer_id"].tolist() == ["2"]
    assert aside["row"].tolist() == [2, 4]
    assert aside["reason"].tolist() == [
        "the id '1' stands in row 4 as well",
        "the id '1' stands in row 2 as well",
    ]
    assert aside["customer_ids"].tolist() == [["1"], ["1"]]
    assert aside["namespace"].tolist() == ["x", "y"]


def test_many_records_of_one_id():
    """The list of rows is cut."""
    customers = read_customers(frame(("2", "", ""), *[("1", "", "")] * 100))
    assert set_aside(customers)["reason"][0] == "the id '1' stands in rows 4, 5, 6, 7, 8 and 94 more as well"
    assert set_aside(customers)["reason"][99].endswith("rows 3, 4, 5, 6, 7 and 94 more as well")


def test_the_one_live_record_wins_where_settings_say_so():
    """The others are set aside without an id of their own: it is in the frame."""
    rows = frame(
        ("1", "churned", "old"),
        ("1", "Active", None),
        ("2", "active", ""),
        ("2", "trial", ""),
        ("3", "churned", ""),
    )
    customers = read_customers(rows, duplicates="active_wins")
    assert customers["customer_id"].tolist() == ["1", "3"]
    assert customers["status"].tolist() == ["active", "churned"]
    aside = set_aside(customers)
    assert aside["row"].tolist() == [2, 4, 5]
    assert aside["customer_ids"].tolist() == [[], ["2"], ["2"]]
    assert "row 3 wins" in aside["reason"][0]
    assert aside["namespace"][0] == "old"


def test_ids_that_differ_in_case():
    """Kept apart with a note, or taken for one where the settings say so."""
    rows = frame(
        ("ACME", "active", ""),
        ("acme", "active", ""),
        ("Straße", "active", ""),
        ("STRASSE", "", ""),
        ("x", "", ""),
    )
    customers = read_customers(rows)
    assert len(customers) == 5
    assert any("2 ids differ from another only in case" in n or "4 ids differ" in n for n in notes(customers))
    folded = read_customers(rows, id_case="fold")
    assert folded["customer_id"].tolist() == ["x"]
    assert set_aside(folded)["customer_ids"].tolist() == [["ACME"], ["acme"], ["Straße"], ["STRASSE"]]


def test_words_for_nothing_are_set_aside_but_seen():
    """NULL, NA and the like could be ids after all: their records are set aside with the word kept."""
    words = ["NULL", "None", "nan", "N/A", "#N/A", "na"]
    customers = read_customers(
        frame(*[(word, "active", "") for word in words], ("", "", ""), (None, "", ""), ("1", "", ""))
    )
    aside = set_aside(customers)
    assert customers["customer_id"].tolist() == ["1"]
    assert aside["customer_ids"].tolist() == [*([word] for word in words), [], []]
    assert aside["value"].isna().tolist() == [False] * 6 + [True] * 2


def test_an_id_with_cut_digits_is_set_aside(tmp_path):
    """What Excel writes into a CSV for a long number is no id any more; 1e5 is."""
    path = tmp_path / "list.csv"
    path.write_text("customer_id\n1e5\n1.23457E+18\n")
    customers = read_customers(path)
    assert customers["customer_id"].tolist() == ["1e5"]
    assert "cut the digits" in set_aside(customers)["reason"][0]
