"""``wfp-ops customer``: one customer, for a person and for a program."""

from __future__ import annotations

import json


def test_a_page_of_text(command, acme):
    """Everything in the order in which a person asks."""
    done = command("customer", "100", "--customers", acme.customers, acme.environment)
    assert done.exit_code == 0, done.stderr
    for words in ("Customer 100 ", "record: status active", "customer-100", "usage: ", "cost: ", "history ("):
        assert words in done.stdout
    assert done.stderr == ""


def test_the_document(command, acme):
    """The same as JSON, with every row; what is not known goes to stderr as well."""
    done = command(
        "customer", "100", "--no-usage", "--format", "json", "--customers", acme.customers, acme.environment
    )
    document = json.loads(done.stdout)
    assert document["schema"] == "wfp-ops/customer/1"
    assert document["record"]["customer_id"] == "100"
    assert (document["usage"], document["cost"]) == (None, None)


def test_an_unknown_id(command, acme):
    """Exit code 2, and who may be meant."""
    done = command("customer", "10o", "--no-usage", "--customers", acme.customers, acme.environment)
    assert done.exit_code == 2
    assert "100 (" in done.stderr
