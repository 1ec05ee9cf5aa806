"""Whether a listing was whole: pure rules over pages that somebody else reads.

Three kinds of listing exist at Cloudflare: with page numbers (``result_info`` with totals), with a
cursor, and with no paging part at all. The last kind can't say that it was cut, so its length has
to: a server cuts at a page's length, a multiple of 10, and what is one is probed by reading page 2.
Source for the forms of ``result_info``: API reference and cloudflare-python ``pagination.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Generic, TypeVar

from wfp_ops.api.models import Listing, ResultInfo
from wfp_ops.errors import APIError, IncompleteListingError
from wfp_ops.frames.provenance import Completeness

T = TypeVar("T")

# A listing without an end must fail long before it has spent the rate budget that others share (960
# requests): 200 pages are 200,000 Workers (1,000 on each) and a fifth of it. One that says how many
# rows it has ends by that, and may be longer.
MAX_PAGES = 200
MAX_PROMISED_PAGES = 2000
_PAGE_STEP = 10
_HINT = (
    "nothing is made from a listing that contradicts itself: try again; if it stays, report it to Cloudflare"
)


class ListingMovedError(Exception):
    """The listing changed while it was read: read it again from the start. Never leaves this room."""


@dataclass(frozen=True)
class Next:
    """What to ask for: a page by number or by cursor; ``probe`` where it only proves that there is none."""

    page: int | None = None
    cursor: str | None = None
    probe: bool = False

    def query(self) -> dict[str, str]:
        """As query parameters."""
        if self.cursor is not None:
            return {"cursor": self.cursor}
        return {} if self.page is None else {"page": str(self.page)}


class Pages(Generic[T]):
    """Collects the pages of one listing, and ends with its items and the verdict.

    Args:
        keys: the attributes that make an item itself, the main one first; no two items may share a
            value of one of them (nulls aside).
        endpoint: method and path, to name it in errors.
    """

    def __init__(self, *, keys: Sequence[str], endpoint: str) -> None:
        self._keys = keys
        self._endpoint = endpoint
        self._items: list[T] = []
        self._seen: list[set[object]] = [set() for _ in keys]
        self._last: list[set[object]] = []
        self._last_items: Sequence[T] | None = None
        self._cursors: set[str] = set()
        self._pages = 0
        self._asked = Next()
        self._total: int | None = None
        self._sign_of_more: str | None = None

    def add(
        self, items: Sequence[T], info: ResultInfo | None, sign_of_more: str | None = None
    ) -> Listing[T] | Next:
        """Take one page: the finished listing, or what to ask for next.

        ``sign_of_more`` is what else in the answer announces another page. How to ask for that one
        is unknown, so the listing can't be proven whole while the last page carries such a sign.

        Raises:
            IncompleteListingError: the page contradicts itself or what was promised before.
            ListingMovedError: the listing changed between two pages.
        """
        self._pages += 1
        self._sign_of_more = sign_of_more
        page = self._last if items is self._last_items else self._page_keys(items)
        self._last_items = items
        self._check_count(items, info)
        if any(seen & new for seen, new in zip(self._seen, page, strict=True)):
            return self._repeated(page)
        self._items.extend(items)
        for seen, new in zip(self._seen, page, strict=True):
            seen.update(new)
        self._last = page
        step = self._after(items, info or ResultInfo())
        if isinstance(step, Next):
            if self._pages >= self._most_pages(len(items)):
                raise self._incomplete(f"the listing has more than {self._pages} pages")
            self._asked = step
        return step

    def _most_pages(self, rows: int) -> int:
        """How many pages are read at most: more than ``MAX_PAGES`` only for a total that needs them."""
        promised = -(-(self._total or 0) // max(1, rows))
        return max(MAX_PAGES, min(promised, MAX_PROMISED_PAGES))

    def refused(self, error: APIError) -> Listing[T]:
        """The probe for another page was refused, so whether there is one stays unknown."""
        why = f"{len(self._items)} rows could be a page of more, and page {self._asked.page} was refused"
        return Listing(self._items, Completeness("unproven", f"{why} ({error.message})"))

    def _after(self, items: Sequence[T], info: ResultInfo) -> Listing[T] | Next:
        if info.cursor:
            return self._follow(info.cursor)
        if info.total_count is not None or info.total_pages is not None or self._total is not None:
            return self._by_total(items, info)
        if self._cursors or info.cursor is not None:
            return self._proven("the cursor ended")
        if info.per_page:
            return self._by_page_length(items, info.per_page)
        return self._by_length(items)

    def _follow(self, cursor: str) -> Next:
        if cursor in self._cursors:
            raise self._incomplete("the cursor repeats, so the listing would never end", "result_info.cursor")
        self._cursors.add(cursor)
        return Next(cursor=cursor)

    def _by_total(self, items: Sequence[T], info: ResultInfo) -> Listing[T] | Next:
        have = len(self._items)
        total = self._agreed_total(info)
        if total is not None and have > total:
            raise self._incomplete(
                f"{have} rows came, but result_info speaks of {total}", "result_info.total_count"
            )
        more_rows = total is not None and have < total
        more_pages = info.total_pages is not None and self._pages < info.total_pages
        if not more_rows and not more_pages:
            return self._proven(f"result_info promises {have} rows and {have} came")
        if not items or self._cursors or info.cursor is not None:
            raise self._short()
        return Next(page=self._pages + 1)

    def _agreed_total(self, info: ResultInfo) -> int | None:
        """The total that the pages speak of; one that changes tells that the listing moved."""
        if self._total is None:
            self._total = info.total_count
        elif info.total_count is not None and info.total_count != self._total:
            raise ListingMovedError
        return self._total

    def _by_page_length(self, items: Sequence[T], per_page: int) -> Listing[T] | Next:
        if len(items) < per_page:
            return self._proven(f"the last page holds {len(items)} of {per_page} rows")
        return Next(page=self._pages + 1, probe=True)

    def _by_length(self, items: Sequence[T]) -> Listing[T] | Next:
        if self._pages > 1 and not items:
            return self._proven(f"page {self._pages} is empty")
        if self._pages == 1 and len(items) % _PAGE_STEP:
            return self._proven(f"{len(items)} rows is no page's length")
        return Next(page=self._pages + 1, probe=True)

    def _repeated(self, page: list[set[object]]) -> Listing[T]:
        """A later page holds known rows: paging is ignored, or the listing moved under us."""
        if page == self._last and self._asked.cursor is not None:
            raise self._incomplete(
                "the same rows came again for the next cursor: it is ignored", "result_info.cursor"
            )
        if page != self._last:
            raise ListingMovedError
        if not self._asked.probe:
            raise self._short()
        if self._pages == 2:
            return self._proven("page 2 brings the same rows: the endpoint does not page")
        why = f"page {self._pages} only repeats the page before"
        return Listing(self._items, Completeness("unproven", why))

    def _page_keys(self, items: Sequence[T]) -> list[set[object]]:
        keys: list[set[object]] = []
        for key in self._keys:
            values = [value for value in map(attrgetter(key), items) if value is not None]
            found: set[object] = set(values)
            if len(found) != len(values):
                raise self._twice(items, key)
            keys.append(found)
        return keys

    def _twice(self, items: Sequence[T], key: str) -> IncompleteListingError:
        seen: set[object] = set()
        for index, item in enumerate(items):
            value = getattr(item, key)
            if value is not None and value in seen:
                said = f"two rows of one page have the same {key}: {str(value)[:80]!r}"
                return self._incomplete(said, f"result[{index}].{key}")
            seen.add(value)
        raise AssertionError(key)

    def _check_count(self, items: Sequence[T], info: ResultInfo | None) -> None:
        if info is not None and info.count is not None and info.count != len(items):
            raise self._incomplete(
                f"result_info promises {info.count} rows on this page and {len(items)} came",
                "result_info.count",
            )

    def _short(self) -> IncompleteListingError:
        promised = "more" if self._total is None else str(self._total)
        return self._incomplete(
            f"result_info promises {promised} rows and {len(self._items)} came", "result_info.total_count"
        )

    def _incomplete(self, said: str, field: str | None = None) -> IncompleteListingError:
        return IncompleteListingError(said, endpoint=self._endpoint, hint=_HINT, field=field)

    def _proven(self, how: str) -> Listing[T]:
        if self._sign_of_more:
            why = f"{how}, but {self._sign_of_more} speaks of another page"
            return Listing(self._items, Completeness("unproven", why))
        return Listing(self._items, Completeness("proven", how))


def moved_too_often(endpoint: str, times: int) -> IncompleteListingError:
    """The error when a listing changed under every one of so many reads."""
    return IncompleteListingError(
        f"the listing changed while it was read, {times} times in a row",
        endpoint=endpoint,
        hint="something creates or deletes right now: wait until it has ended, then read again",
    )
