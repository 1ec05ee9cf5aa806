"""Charts as files."""

from __future__ import annotations

import struct
import xml.etree.ElementTree as ET

import pytest
from matplotlib.figure import Figure
from support import charted

from wfp_ops import charts
from wfp_ops.errors import SettingsError

FRAMES = (
    charted.usage(6, incomplete=2),
    charted.customers("123456", churned={"2": "2026-11-10"}),
    charted.statuses(),
    charted.cost(6),
)
NAMES = tuple(charted.every(*FRAMES))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", ["svg", "png"])
def test_the_same_frame_gives_the_same_file(name, kind, tmp_path):
    """Byte for byte, drawn twice, saved twice; and no date stands in it."""
    files = [tmp_path / f"{number}.{kind}" for number in range(3)]
    figure = charted.every(*FRAMES)[name]()
    charts.save(figure, files[0])
    charts.save(figure, files[1])
    charts.save(charted.every(*FRAMES)[name](), files[2])
    contents = {file.read_bytes() for file in files}
    assert len(contents) == 1
    assert b"<dc:date>" not in contents.pop()


@pytest.mark.parametrize("name", NAMES)
def test_an_svg_is_xml_with_a_title(name, tmp_path):
    """What a screen reader says; and the letters are shapes, so that it looks the same everywhere."""
    figure = charted.every(*FRAMES)[name]()
    root = ET.fromstring(charts.save(figure, tmp_path / "chart.svg").read_bytes())
    kinds = {element.tag.rsplit("}")[-1] for element in root.iter()}
    assert (
        next(element for element in root.iter() if element.tag.endswith("}title")).text == figure.description
    )
    assert not kinds & {"text", "script", "foreignObject"}


def test_a_png_has_the_size_that_was_asked_for(tmp_path):
    """In dots: the pixels, times the scale."""
    figure = charts.usage_by_customer(FRAMES[0], size=(640, 400))
    for scale in (1, 2):
        head = charts.save(figure, tmp_path / "chart.png", scale=scale).read_bytes()[16:24]
        assert struct.unpack(">II", head) == (640 * scale, 400 * scale)


@pytest.mark.parametrize("name", ["chart.pdf", "chart", "chart.svg.exe", ".svg"])
def test_other_endings_are_refused(name, tmp_path):
    """Only SVG and PNG, and nothing is written."""
    with pytest.raises(SettingsError, match=r"\.svg or \.png"):
        charts.save(charts.concentration(FRAMES[0]), tmp_path / name)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("scale", [0, -1, 11, float("nan"), "2", True, None])
def test_a_scale_must_be_one(scale, tmp_path):
    """Neither nothing nor a wall."""
    with pytest.raises(SettingsError, match="scale"):
        charts.save(charts.concentration(FRAMES[0]), tmp_path / "chart.png", scale=scale)


def test_capitals_in_the_ending_do_no_harm(tmp_path):
    """A path comes back."""
    assert charts.save(charts.concentration(FRAMES[0]), str(tmp_path / "A.SVG")) == tmp_path / "A.SVG"


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path):
    """What was there stays if drawing fails, and nothing lies beside it."""

    class Broken(Figure):
        def draw(self, renderer):
            raise RuntimeError("no ink")

    target = tmp_path / "chart.svg"
    target.write_text("before")
    with pytest.raises(RuntimeError):
        charts.save(Broken(), target)
    assert target.read_text() == "before"
    charts.save(charts.concentration(FRAMES[0]), target)
    assert target.read_bytes().startswith(b"<?xml")
    assert [file.name for file in tmp_path.iterdir()] == ["chart.svg"]


def test_what_stands_in_the_way_is_left_alone(tmp_path):
    """A folder of that name: the system's error, and nothing is left beside it."""
    (tmp_path / "chart.svg").mkdir()
    with pytest.raises(OSError, match=r"chart\.svg"):
        charts.save(charts.concentration(FRAMES[0]), tmp_path / "chart.svg")
    assert [file.name for file in tmp_path.iterdir()] == ["chart.svg"]


def test_another_figure_is_saved_as_it_is(tmp_path):
    """Also one that somebody else made, and the same twice."""
    files = []
    for number in range(2):
        figure = Figure()
        figure.add_subplot().plot([1, 2], [3, 4], marker="o")
        files.append(charts.save(figure, tmp_path / f"{number}.svg").read_bytes())
    assert files[0] == files[1]


def test_no_folder_no_file(tmp_path):
    """The system's own error."""
    with pytest.raises(FileNotFoundError):
        charts.save(charts.concentration(FRAMES[0]), tmp_path / "nowhere" / "chart.svg")
