"""Statuses, dates, amounts: never a guess that could get somebody deleted."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from wfp_ops.customers.read import read_customers
from wfp_ops.customers.set_aside import notes
from wfp_ops.errors import SettingsError


def read(status=None, **columns):
    length = len(next(iter(columns.values())))
    return read_customers(
        pd.DataFrame({"customer_id": [f"c{n}" for n in range(length)], **columns}), status=status
    )


def test_the_five_words_in_any_case():
    """Case and blanks around a status don't matter."""
    words = ["active", " Trial ", "SUSPENDED", "churned", "Unknown"]
    assert read(Status=words)["status"].tolist() == [
        "active",
        "trial",
        "suspended",
        "churned",
        "unknown",
    ]


@pytest.mark.parametrize(
    "word", ["cancelled", "canceled", "Closed", "deleted", "inactive", "ex-customer", "0", "lost"]
)
def test_no_other_word_ever_means_churned(word):
    """Only the operator says who left; until then the status is unknown, and a note says how."""
    customers = read(Status=[word, "active"])
    assert customers["status"].tolist() == ["unknown", "active"]
    assert any(f"{word!r} (1)" in note and "[customers] status" in note for note in notes(customers))


def test_the_operator_s_map():
    """Their words are matched exactly or without case; the map stands above our own reading."""
    customers = read(
        Status=["Cancelled", "CANCELLED ", "live", "trialing"],
        status={"cancelled": "churned", "Live": "Active"},
    )
    assert customers["status"].tolist() == ["churned", "churned", "active", "trial"]


def test_a_status_map_with_an_unknown_word():
    """The settings' error names the key and the five words."""
    with pytest.raises(SettingsError, match="is no status") as caught:
        read(Status=["x"], status={"Cancelled": "gone"})
    assert caught.value.key == "customers.status.Cancelled"
    with pytest.raises(SettingsError, match="two meanings"):
        read(Status=["x"], status={"off": "churned", "OFF": "suspended"})


def test_no_status_at_all():
    """Blank statuses and a list without statuses are unknown, and said so."""
    assert "1 records have no status: theirs is unknown" in notes(read(Status=["active", " "]))
    customers = read(name=["a"])
    assert customers["status"].tolist() == ["unknown"]
    assert "the list has no status column: every status is unknown" in notes(customers)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-04", "2026-03-04T00:00:00+00:00"),
        ("2026/03/04", "2026-03-04T00:00:00+00:00"),
        ("2026-03-04T05:06:07Z", "2026-03-04T05:06:07+00:00"),
        ("2026-03-04 05:06:07.123456789+02:00", "2026-03-04T03:06:07.123456+00:00"),
        ("2026-03-04 05:06:07 UTC", "2026-03-04T05:06:07+00:00"),
        ("2026-03-04t05:06z", "2026-03-04T05:06:00+00:00"),
    ],
)
def test_dates_that_can_t_be_misread(text, expected):
    """ISO dates and times, as UTC."""
    assert read(started_on=[text])["started_on"][0].isoformat() == expected


@pytest.mark.parametrize(
    "text",
    [
        "03/04/2026",
        "3.4.2026",
        "04-03-26",
        "2026-02-30",
        "2026-13-01",
        "0001-01-01",
        "9999-12-31",
        "1970-01-01",
        "1900-01-01",
        "99999-01-01",
        "2026",
        "1772582400",
        "soon",
        "2026-03-04T25:00:00Z",
    ],
)
def test_dates_that_could_be_misread_are_left_empty(text):
    """No day is guessed, no placeholder is taken for a date; the note shows row and value."""
    customers = read(churned_on=[None, text])
    assert customers["churned_on"].isna().all()
    assert any(f"row 3: {text!r}" in note for note in notes(customers))


def test_dates_of_a_frame():
    """Naive times are UTC, aware ones are converted, placeholders are dropped."""
    times = pd.to_datetime(["2026-03-04", None, "1900-01-01"])
    customers = read(started_on=times, churned_on=times.tz_localize("Europe/Berlin"))
    assert str(customers["churned_on"].dtype) == "datetime64[us, UTC]"
    assert customers["churned_on"][0].isoformat() == "2026-03-03T23:00:00+00:00"
    assert customers["started_on"].isna().tolist() == [False, True, True]
    assert sum("left empty" in note for note in notes(customers)) == 2


def test_a_date_of_leaving_while_active():
    """It is not decided here, only said."""
    customers = read(status=None, churned_on=["2026-03-04", "2026-03-04"], Status=["active", "churned"])
    assert "1 customers have a date of leaving and are active or on trial all the same" in notes(customers)


def test_amounts():
    """Plain numbers only; 1,234 means two things in two countries."""
    customers = read(mrr=["12.5", " 7 ", "1,234", "€5", "inf", "nan", "", None, "1e3"])
    assert customers["mrr"].tolist()[:2] == [12.5, 7.0]
    assert customers["mrr"].isna().tolist() == [False, False, True, True, True, True, True, True, False]
    assert any("mrr: 4 values are not a plain number" in note for note in notes(customers))
    assert read(mrr=[1, np.inf, np.nan])["mrr"].isna().tolist() == [False, True, True]
    assert read(mrr=[True, False])["mrr"].isna().all()


def test_texts_are_null_where_blank():
    """Name, plan and namespace: trimmed, and null where nothing stands."""
    customers = read(name=[" A ", "\u200b"], plan=["", None], namespace=[" ns ", " "])
    assert customers[["name", "plan", "namespace"]].isna().to_numpy().tolist() == [
        [False, True, False],
        [True, True, True],
    ]
    assert customers["namespace"][0] == "ns"
