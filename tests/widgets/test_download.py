"""A file for the browser, made when somebody asks."""

from __future__ import annotations

from wfp_ops.widgets.download import Download, File


def asked(download, content):
    """What a page sends."""
    download._handle_msg({"content": {"data": {"method": "custom", "content": content}}, "buffers": []})


def test_a_click_makes_the_file():
    """And nothing does before."""
    made = []

    def make():
        made.append(1)
        return File("a.csv", b"x", "text/csv")

    download = Download("Data", make, print)
    assert made == []
    asked(download, {"ask": "file"})
    assert download.made == File("a.csv", b"x", "text/csv")
    for other in ({"ask": "other"}, None, "file", {}):
        asked(download, other)
    assert made == [1]


def test_an_error_is_handed_over():
    """The page would show nothing at all."""
    errors = []
    error = ValueError("x")

    def make():
        raise error

    handed = []
    download = Download("Data", make, errors.append, lambda: handed.append(1))
    download.click()
    assert errors == [error]
    assert download.made is None
    assert handed == []


def test_the_file_does_not_stay_in_the_notebook():
    """What is sent is no state."""
    download = Download("Data", lambda: File("a.csv", b"secret"), print)
    download.click()
    assert "secret" not in str(download.get_state())
