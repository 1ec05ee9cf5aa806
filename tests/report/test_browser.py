"""The page in a real Chromium: nothing hostile runs, nothing leaves, filter and sort work, it fits and prints."""

from __future__ import annotations

import pytest
from support.audit_frames import audit_of
from support.browser import opened
from support.hostile import hostile_audit

import wfp_ops

WIDTHS = (390, 768, 1280)
NAMES = "tbody:not(noscript *) td.namespace"


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """A report full of hostile texts."""
    return wfp_ops.write_report(hostile_audit(), tmp_path_factory.mktemp("report") / "hostile.html")


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """A report of 1,003 findings: of 500 namespaces that conform, 500 that do not, a customer, the layout, a limit."""
    names = [f"customer-{number}" for number in range(500)] + [f"tool-{number}" for number in range(500)]
    audit = audit_of(names, [{"customer_id": "x"}])
    return wfp_ops.write_report(audit, tmp_path_factory.mktemp("report") / "many.html")


@pytest.mark.parametrize("scripts", [True, False])
def test_nothing_hostile_runs_and_nothing_leaves(browser, hostile, scripts):
    """No dialog, no request but for the file, no word on the console; also after all rows were drawn anew."""
    with opened(browser, hostile, scripts=scripts) as seen:
        if scripts:
            seen.page.get_by_label("Filter by text").fill("a")
            seen.page.get_by_label("Filter by text").fill("")
            seen.page.locator("th[data-key=namespace] button").click()
            assert seen.page.locator("tbody td.namespace").count() > 0
        seen.page.wait_for_timeout(100)
        assert seen.requests == [hostile.as_uri()]
        assert (seen.complaints, seen.dialogs) == ([], [])
        assert seen.page.evaluate("window.ran") is None
        assert seen.page.locator("img, iframe, object, embed").count() == 0
        assert seen.page.locator("script").count() == 2


def test_what_got_past_the_escaping_would_not_run(browser, many):
    """The page's own policy stops scripts, handlers, frames, styles and requests that are put into it."""
    with opened(browser, many) as seen:
        seen.page.evaluate(
            """() => {
              document.body.insertAdjacentHTML("beforeend", `<img src=x onerror="window.ran=1"><svg onload="window.ran=1"></svg>
                <iframe srcdoc="<script>parent.ran=1</scr` + `ipt>"></iframe><a href="javascript:window.ran=1" id=bad>x</a>`);
              const script = document.createElement("script");
              script.textContent = "window.ran = 1";
              document.body.append(script);
              document.getElementById("bad").click();
            }"""
        )
        refused = "() => fetch('http://127.0.0.1:9/').then(() => false, () => true)"
        assert seen.page.evaluate(refused)
        seen.page.wait_for_timeout(200)
        assert seen.page.evaluate("window.ran") is None
        assert any("Content Security Policy" in complaint for complaint in seen.complaints)


def test_it_looks_the_same_drawn_by_the_script(browser, hostile):
    """Rows that the script draws are the rows that were in the file, bdi elements included."""
    with opened(browser, hostile) as seen:
        rows = "[...document.querySelectorAll('section.findings tbody tr')].map((row) => row.outerHTML)"
        before = seen.page.evaluate(rows)
        seen.page.get_by_label("Filter by text").fill("no such text")
        assert seen.page.locator("tbody td.kind").count() == 0 or seen.page.evaluate(rows) == []
        seen.page.get_by_label("Filter by text").fill("")
        assert seen.page.evaluate(rows) == before
        assert any("<bdi>" in row for row in before)


def test_filter_by_text_severity_and_kind(browser, many):
    """Each narrows down what the others leave; the status says how many are left."""
    with opened(browser, many) as seen:
        page = seen.page
        status = page.get_by_role("status")
        assert status.inner_text() == "Showing the first 100 of 1,003"
        page.get_by_label("Filter by text").fill("TOOL-49")
        assert status.inner_text() == "Showing 11 of 1,003"
        assert set(page.locator("tbody td.kind").all_inner_texts()) == {"unrecognised"}
        page.get_by_label("Filter by text").fill("")
        page.get_by_label("Kind", exact=True).select_option("missing")
        assert status.inner_text() == "Showing 1 of 1,003"
        page.get_by_label("Kind", exact=True).select_option("")
        info = page.get_by_role("button", name="info")
        info.click()
        assert info.get_attribute("aria-pressed") == "true"
        assert set(page.locator("tbody td.severity").all_inner_texts()) == {"info"}
        page.get_by_label("Filter by text").fill("tool")
        assert status.inner_text() == "No finding matches this filter"


def test_sort_by_mouse(browser, many):
    """A click on a head sorts by it, a second one turns it around; numbers in names count as numbers."""
    with opened(browser, many) as seen:
        head = seen.page.get_by_role("columnheader", name="Namespace")
        head.get_by_role("button").click()
        assert head.get_attribute("aria-sort") == "ascending"
        assert seen.page.locator(NAMES).all_inner_texts()[:3] == ["customer-0", "customer-1", "customer-2"]
        head.get_by_role("button").click()
        assert head.get_attribute("aria-sort") == "descending"
        assert seen.page.locator(NAMES).all_inner_texts()[:2] == ["tool-499", "tool-498"]
        # What has no name is last, whichever way
        seen.page.get_by_role("button", name="Show all").click()
        assert seen.page.locator(NAMES).all_inner_texts()[-1] == ""


def test_by_keyboard_alone(browser, many):
    """Tab leads from filter to chips, kinds and heads, in that order; each answers to keys."""
    with opened(browser, many) as seen:
        page = seen.page
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the findings"
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        page.keyboard.type("customer-12")
        assert page.get_by_role("status").inner_text() == "Showing 11 of 1,003"
        page.keyboard.press("Escape")
        assert page.get_by_role("status").inner_text() == "Showing the first 100 of 1,003"
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
        assert page.evaluate("document.activeElement.ariaPressed") == "true"
        page.keyboard.press("Space")
        for _ in range(20):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.closest('th')?.dataset.key") == "customer":
                break
        page.keyboard.press("Enter")
        assert page.locator("th[data-key=customer]").get_attribute("aria-sort") == "ascending"
        assert page.locator("tbody td.customer").all_inner_texts()[:3] == ["0", "1", "2"]


def test_more_rows_come_when_asked_for(browser, many):
    """200 more, then all; then the buttons are gone, and the keyboard goes on where the new rows begin."""
    with opened(browser, many) as seen:
        rows = seen.page.locator("section.findings tbody tr")
        assert rows.count() == 100
        seen.page.get_by_role("button", name="Show 200 more").click()
        assert rows.count() == 300
        seen.page.get_by_role("button", name="Show all 1,003").click()
        assert rows.count() == 1003
        assert seen.page.get_by_role("button", name="Show").count() == 0
        assert seen.page.evaluate(
            "document.activeElement === document.querySelectorAll('tbody tr')[300]"
        ) or (seen.page.evaluate("document.activeElement.tagName") == "TR")


def test_without_scripts_everything_is_there(browser, many):
    """All rows can be read, and no control that would do nothing is in sight."""
    with opened(browser, many, scripts=False) as seen:
        assert seen.page.locator("section.findings tbody tr").count() == 1003
        for control in seen.page.locator("input, select, button").all():
            assert not control.is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("which", ["hostile", "many"])
def test_the_body_never_scrolls_sideways(browser, request, which, width, scheme):
    """From a phone to a desk, also with names of 300 characters; text stands out from what is behind it."""
    with opened(browser, request.getfixturevalue(which), width=width, scheme=scheme) as seen:
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
        assert seen.page.evaluate(CONTRAST) >= 4.5


def test_the_head_of_the_table_stays_in_sight(browser, many):
    """Scrolled to the hundredth row, the head is at the top."""
    with opened(browser, many) as seen:
        seen.page.locator("section.findings tbody tr").nth(90).scroll_into_view_if_needed()
        assert seen.page.locator("th[data-key=kind]").bounding_box()["y"] == pytest.approx(0, abs=1)


def test_on_paper_everything_is_there(browser, many):
    """Printing draws all that the filter leaves, and afterwards the page is as it was."""
    with opened(browser, many) as seen:
        whole = seen.page.pdf(format="A4", prefer_css_page_size=True)
        seen.page.get_by_label("Filter by text").fill("tool-1")
        part = seen.page.pdf(format="A4", prefer_css_page_size=True)
        assert whole.startswith(b"%PDF")
        assert _pages(whole) > 3 * _pages(part) > 3
        seen.page.get_by_label("Filter by text").fill("")
        assert seen.page.locator("section.findings tbody tr").count() == 100
        seen.page.emulate_media(media="print")
        assert not seen.page.get_by_label("Filter by text").is_visible()


def test_several_accounts_filter_apart(browser, tmp_path):
    """What is typed for one account leaves the others as they are."""
    audits = [audit_of([f"{name}-1", f"{name}-2"], ["x"]) for name in ("customer", "tools")]
    with opened(browser, wfp_ops.write_report(audits, tmp_path / "two.html")) as seen:
        first, second = (seen.page.locator("article").nth(place) for place in (0, 1))
        before = second.locator("section.findings tbody tr").count()
        first.get_by_label("Filter by text").fill("customer-2")
        assert first.locator("section.findings tbody tr").count() == 1
        assert second.locator("section.findings tbody tr").count() == before


def _pages(pdf):
    return pdf.count(b"/Type /Page\n") or pdf.count(b"/Type /Page ") or pdf.count(b"/Type/Page")


# The worst contrast between a text and the page behind it, by the rule of WCAG 2
CONTRAST = """() => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d");
  const channels = (color) => {
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).map((value) => value / 255);
  };
  const light = (color) => {
    const [r, g, b] = channels(color).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const paper = light(getComputedStyle(document.body).backgroundColor);
  const ratios = [...document.querySelectorAll("body *")].filter((e) => e.childNodes.length && e.tagName !== "SCRIPT")
    .slice(0, 2000).map((e) => light(getComputedStyle(e).color))
    .map((text) => (Math.max(text, paper) + 0.05) / (Math.min(text, paper) + 0.05));
  return Math.min(...ratios);
}"""
