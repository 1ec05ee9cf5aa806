"""Names that break the convention and still say whose they are."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfp_ops.naming.convention import Convention
from wfp_ops.naming.levels import level
from wfp_ops.naming.near import misnamed_ids


def _meant(name: str, ids: list[str], pattern: str = "customer-{id}") -> list[str]:
    frame = misnamed_ids(pd.Series([name]), Convention(pattern), pd.Series(ids, dtype="str"))
    assert set(frame["name"]) <= {name}
    return frame["customer_id"].tolist()


@pytest.mark.parametrize(
    "name",
    [
        "Customer_42", "customer42", "CUSTOMER-42", "cust-42", "customers-42", "custmer-42", "csutomer-42",
        "kustomer.42", "customer 42", " customer-42", "cus42", "custoomer_42",
    ],
)  # fmt: skip
def test_spellings_that_mean_one_customer(name: str) -> None:
    """Case, separators and the prefix's spelling don't hide whose namespace it is."""
    assert _meant(name, ["41", "42", "420"]) == ["42"]


@pytest.mark.parametrize(
    "name",
    [
        "42",
        "-42",
        "cu-42",
        "client-42",
        "customer-",
        "customer-042",
        "customer-43",
        "ccc-42",
        "",
        "xcustomerxx42",
    ],
)
def test_names_that_mean_nobody(name: str) -> None:
    """A missing prefix, another word, another id, zeros before the id: no spelling of customer-42."""
    assert _meant(name, ["42"]) == []


def test_a_name_that_conforms_is_passed_over() -> None:
    """What the convention reads is no misnomer, even of an id that another customer has nearly."""
    assert _meant("customer-acme", ["ACME", "acme"]) == []


def test_all_customers_whom_a_name_may_mean_are_returned() -> None:
    """Ids that differ only by case are both meant: nobody guesses which."""
    assert _meant("Customer_Acme", ["acme", "other", "ACME", "ac-me"]) == ["acme", "ACME", "ac-me"]


def test_the_prefix_in_full_goes_before_any_other_cut() -> None:
    """A customer whose id begins as the prefix ends doesn't make a plain name doubtful."""
    assert _meant("customer42", ["r42", "42", "mer42"]) == ["42"]
    assert _meant("custome-r42", ["42"]) == ["42"]
    assert _meant("custome-r42", ["r42"]) == ["r42"]
    assert _meant("custo-mer42", ["r42", "mer42"]) == ["r42", "mer42"]


def test_digits_are_the_ids_own() -> None:
    """A digit of an id that nobody has is no typing error in the prefix."""
    assert _meant("Customer_12", ["2"]) == []
    assert _meant("customer012", ["12", "2"]) == []
    assert _meant("v2-custmer-12", ["12"], "v2-customer-{id}") == ["12"]


def test_the_text_after_the_id_is_levelled_too() -> None:
    """Case and separators don't count in a suffix either; its spelling does."""
    ids = ["42", "7"]
    for name in ("C_42_PROD", "c-42prod", "c42prod", "c-42.prod-"):
        assert _meant(name, ids, "c-{id}-prod") == ["42"]
    for name in ("c-42", "c-42-p", "c-42-pord", "d-42-prod", "42-prod"):
        assert _meant(name, ids, "c-{id}-prod") == []


def test_without_a_prefix_only_case_and_separators_count() -> None:
    """With nothing around the id there is nothing to misspell."""
    assert _meant(" acme-corp", ["Acme_Corp", "acme"], "{id}") == ["Acme_Corp"]
    assert _meant("AcmeCorp_NS", ["acme-corp"], "{id}-ns") == ["acme-corp"]


def test_rows_follow_both_lists_and_nulls_mean_nobody() -> None:
    """Order is by name, then by customer; nulls on either side are passed over."""
    names = pd.Series(["Customer_7", None, "Customer_42", "customer-7"], index=[9, 8, 7, 6])
    frame = misnamed_ids(names, Convention(), pd.Series(["42", None, "7"]))
    assert frame.to_dict("list") == {"name": ["Customer_7", "Customer_42"], "customer_id": ["7", "42"]}


def test_columns_are_text_also_when_empty() -> None:
    """The frame has its columns and dtypes without a row too."""
    empty = pd.Series([], dtype=object)
    for names, ids in ((empty, empty), (pd.Series(["x"]), empty), (empty, pd.Series(["x"]))):
        frame = misnamed_ids(names, Convention(), ids)
        assert frame.dtypes.astype(str).to_dict() == {"name": "str", "customer_id": "str"}


ID = st.text("aZ09-_", min_size=1, max_size=6)


@given(st.sampled_from(["customer-{id}", "c-{id}-prod", "{id}"]), ID, st.lists(ID, unique=True, max_size=8))
def test_any_respelling_by_case_and_separators_is_recognised(
    pattern: str, each: str, others: list[str]
) -> None:
    """A conventional name in capitals, dots for dashes, means its customer whatever the others are."""
    convention = Convention(pattern)
    name = f".{pattern.replace('{id}', each).upper().replace('-', '.')}"
    ids = list(dict.fromkeys([each, *others]))
    meant = _meant(name, ids, pattern)
    expected = [other for other in ids if level(other) == level(each)]
    if convention.parse(name) is not None:
        assert meant == []
    elif level(each):
        assert set(expected) <= set(meant)
