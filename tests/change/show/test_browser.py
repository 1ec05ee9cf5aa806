"""A plan's page and fragments in a real Chromium: nothing hostile runs, nothing leaves, it fits and can be read."""

from __future__ import annotations

import pytest
from support.browser import opened
from support.shown_plans import hostile_applied, hostile_plan, usual_plan

WIDTHS = (390, 768, 1280)
# The worst contrast between a text and the page behind it, by the rule of WCAG 2
CONTRAST = """() => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d");
  const light = (color) => {
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).map((v) => v / 255)
      .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const paper = light(getComputedStyle(document.body).backgroundColor);
  const ratios = [...document.querySelectorAll("body *")].filter((e) => e.childNodes.length)
    .slice(0, 2000).map((e) => light(getComputedStyle(e).color))
    .map((text) => (Math.max(text, paper) + 0.05) / (Math.min(text, paper) + 0.05));
  return Math.min(...ratios);
}"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The pages as files, the fragments in pages without any style."""
    folder = tmp_path_factory.mktemp("pages")
    contents = {
        "usual": usual_plan().to_html(),
        "hostile": hostile_plan().to_html(),
        "fragment": f"<!doctype html><meta charset=utf-8>{hostile_plan()._repr_html_()}",
        "applied": f"<!doctype html><meta charset=utf-8>{hostile_applied()._repr_html_()}",
    }
    for name, html in contents.items():
        (folder / f"{name}.html").write_text(html, encoding="utf-8")
    return {name: folder / f"{name}.html" for name in contents}


@pytest.mark.parametrize("name", ["hostile", "fragment", "applied"])
def test_nothing_hostile_runs_and_nothing_leaves(browser, pages, name):
    """No dialog, no request but for the file, no word on the console, no element that was not ours."""
    with opened(browser, pages[name]) as seen:
        seen.page.wait_for_timeout(100)
        assert seen.requests == [pages[name].as_uri()]
        assert (seen.complaints, seen.dialogs) == ([], [])
        assert seen.page.evaluate("window.ran") is None
        assert seen.page.locator("img, iframe, object, embed, script, svg").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["usual", "hostile"])
def test_the_page_fits_and_can_be_read(browser, pages, name, width, scheme):
    """From a phone to a desk the body never scrolls sideways, and text stands out from what is behind it."""
    with opened(browser, pages[name], width=width, scheme=scheme) as seen:
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
        assert seen.page.evaluate(CONTRAST) >= 4.5


def test_what_is_left_out_is_on_paper(browser, pages):
    """What is folded on the screen is printed: a page has nothing to click."""
    with opened(browser, pages["usual"]) as seen:
        folded = seen.page.locator("details")
        seen.page.evaluate("for (const each of document.querySelectorAll('details')) each.open = false")
        assert not folded.first.locator("td").first.is_visible()
        seen.page.emulate_media(media="print")
        assert folded.first.locator("td").first.is_visible()
