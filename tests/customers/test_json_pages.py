"""JSON that is one page of several is no customer list, however the API says so."""

from __future__ import annotations

import pytest

from wfp_ops.customers.read import read_customers
from wfp_ops.errors import CustomerListError

PAGES = (
    '"next": "https://x/?page=2"',
    '"next": {"href": "/p2"}',
    '"nextPageToken": "abc"',
    '"next_cursor": "x"',
    '"offset": "itr1"',
    '"offset": 100',
    '"@odata.nextLink": "x"',
    '"LastEvaluatedKey": {"id": {"S": "9"}}',
    '"has_more": true',
    '"has_more": "true"',
    '"more": true',
    '"done": false',
    '"total": 100',
    '"total": "100"',
    '"count": 2.0',
    '"page": 1, "pages": 7',
    '"meta": {"has_more": true}',
    '"meta": {"total_count": 500}',
    '"links": {"next": "/p2"}',
    '"_links": {"next": {"href": "/p2"}}',
    '"paging": {"next": {"after": "5"}}',
    '"pageInfo": {"hasNextPage": true}',
    '"result_info": {"page": 1, "total_pages": 2}',
    '"cursor": "x"',
    '"continuation": "x"',
)
WHOLE = (
    '"generated_at": "2026-01-01"',
    '"next": null, "has_more": false, "nextPageToken": "", "offset": 0, "cursor": "", "done": true',
    '"total": 1, "meta": {"count": 1, "page": 1, "pages": 1}',
    '"links": {"self": "/p1", "next": null}, "_links": {"next": {"href": null}}',
    '"LastEvaluatedKey": {}, "total": "many", "count": true, "more": "no"',
    '"exported_by": {"name": "Jo"}, "tags": ["a"], "pages": 7',
)


def document(tmp_path, sibling):
    path = tmp_path / "list.json"
    path.write_text('{"data": [{"customer_id": 42}], %s}' % sibling)  # noqa: UP031 (braces)
    return path


@pytest.mark.parametrize("sibling", PAGES)
def test_a_page_is_refused(tmp_path, sibling):
    """The sign is named."""
    with pytest.raises(CustomerListError, match="more customers than it holds") as caught:
        read_customers(document(tmp_path, sibling))
    assert "(by its '" in str(caught.value)


@pytest.mark.parametrize("sibling", WHOLE)
def test_what_stands_beside_a_whole_list(tmp_path, sibling):
    """Neither other facts nor the signs of the last page are a reason to refuse."""
    assert read_customers(document(tmp_path, sibling))["customer_id"].tolist() == ["42"]


def test_a_lone_customer_may_have_a_count(tmp_path):
    """Without a list there are no pages: what looks like a sign is a column."""
    path = tmp_path / "list.json"
    path.write_text('{"customer_id": "1", "count": 5, "next": "x"}')
    assert read_customers(path)["count"].tolist() == [5]


@pytest.mark.parametrize("name", ["list.jsonl", "list.json", "list.txt", "list"])
def test_lines_that_are_cut(tmp_path, name):
    """The line is named, whatever the file is called."""
    path = tmp_path / name
    path.write_text('{"customer_id": "1"}\n{"customer_id": "2"}\n{"customer_id": "3", "na')
    with pytest.raises(CustomerListError, match="line 3 is no JSON") as caught:
        read_customers(path)
    assert caught.value.row == 3
