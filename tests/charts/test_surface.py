"""What ``wfp_ops.charts`` shows, what it loads, and what it leaves as it was."""

from __future__ import annotations

import subprocess
import sys

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure
from support import charted

import wfp_ops
from wfp_ops import charts
from wfp_ops.errors import FrameError, SettingsError

USAGE = charted.usage(6)
FRAMES = (
    USAGE,
    charted.customers("123456", churned={"2": "2026-11-10"}),
    charted.statuses(),
    charted.cost(6),
)
NAMES = tuple(charted.every(*FRAMES))


def test_visible_names_are_all():
    """What dir() shows can be had, and says what it is."""
    assert sorted(dir(charts)) == sorted(charts.__all__)
    assert set(charts.__all__) == {*NAMES, "save"}
    for name in charts.__all__:
        assert "Raises:" in getattr(charts, name).__doc__


def test_it_hangs_on_the_root():
    """``wfp_ops.charts`` is there without an import of its own."""
    assert wfp_ops.charts is charts


def test_an_unknown_name_is_an_attribute_error():
    """A slip of the pen is answered as any module answers it."""
    with pytest.raises(AttributeError, match="usage_by_costumer"):
        charts.usage_by_costumer  # noqa: B018


def test_the_room_alone_loads_no_matplotlib():
    """Only who draws pays."""
    code = "import sys, wfp_ops.charts; print('matplotlib' in sys.modules, 'pandas' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_no_pyplot_is_loaded():
    """Every chart is drawn and saved without pyplot and its global state."""
    code = (
        "import sys, io; sys.path.insert(0, 'tests'); from support import charted as c\n"
        "made = c.every(c.usage(3), c.customers('123'), c.statuses(), c.cost(3))\n"
        "[each().savefig(io.BytesIO(), format=kind) for each in made.values() for kind in ('svg', 'png')]\n"
        "print([name for name in sys.modules if 'pyplot' in name])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", NAMES)
def test_each_returns_a_figure_that_shows_itself(name):
    """A matplotlib Figure with a title and words for who can't see it; a notebook shows it as a picture."""
    figure = charted.every(*FRAMES)[name]()
    assert isinstance(figure, Figure)
    assert figure.title
    assert figure.title in charted.texts(figure)
    assert figure.description.startswith(figure.title)
    picture, about = figure._repr_png_()
    assert picture.startswith(b"\x89PNG")
    assert (about["width"], about["height"]) == figure.pixels


@pytest.mark.parametrize("name", NAMES)
def test_matplotlibs_settings_stay_as_they_were(name):
    """Whatever the user has set is neither changed nor does it change the chart."""
    before = dict(mpl.rcParams)
    ours = charted.every(*FRAMES)[name]()._repr_png_()
    assert dict(mpl.rcParams) == before
    with mpl.rc_context({"font.size": 30, "axes.grid": True, "text.parse_math": True, "lines.linewidth": 9}):
        assert charted.every(*FRAMES)[name]()._repr_png_() == ours


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "wrong",
    [
        {"style": "sepia"},
        {"style": ["dark"]},
        {"style": None},
        {"size": (100, 100)},
        {"size": 1000},
        {"size": "1000x600"},
        {"size": (1000,)},
        {"size": (1000, "600")},
        {"size": (1000, float("nan"))},
    ],
    ids=str,
)
def test_wrong_looks_are_refused(name, wrong):
    """A style that there is not, a size in which nothing can be read, and what is no size."""
    with pytest.raises(SettingsError, match="what to do"):
        charted.every(*FRAMES, **wrong)[name]()


@pytest.mark.parametrize("name", [name for name in NAMES if name != "cost_by_customer"])
@pytest.mark.parametrize("zone", ["Nowhere/Land", "", "../../etc/passwd", "/etc/passwd", None, 1, ["UTC"]])
def test_unknown_zones_are_refused(name, zone):
    """A time zone must be one."""
    with pytest.raises(SettingsError, match="time zone"):
        charted.every(*FRAMES, zone=zone)[name]()


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_column_is_named(name):
    """A frame that lacks what is drawn is refused, by the column's name."""
    needed = {"cost_by_customer": "cpu_fee"}.get(name, "requests")
    lacking = [frame.drop(columns=needed, errors="ignore") for frame in FRAMES]
    with pytest.raises(FrameError, match=needed):
        _call(name, lacking)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("wrong", [None, {"requests": [1]}, [1]], ids=str)
def test_what_is_no_frame_is_refused(name, wrong):
    """Nothing, a dict, a list: an error of ours, which names what was expected."""
    with pytest.raises(FrameError, match="no frame"):
        _call(name, [wrong] * 4)


@pytest.mark.parametrize(
    "call",
    [
        lambda: charts.usage_by_customer(USAGE, metric="speed"),
        lambda: charts.usage_by_customer(USAGE, metric=["requests"]),
        lambda: charts.usage_by_customer(USAGE, top="10"),
        lambda: charts.error_heatmap(USAGE, top=0),
        lambda: charts.small_multiples(USAGE, top=True),
        lambda: charts.customer_over_time(USAGE, 1),
        lambda: charts.customer_over_time(USAGE, 4.2),
        lambda: charts.customer_over_time(USAGE, True),
        lambda: charts.customer_over_time(USAGE, ["1"]),
    ],
)
def test_other_arguments_that_mean_nothing_are_refused(call):
    """With what to do instead, and never as a failure from within."""
    with pytest.raises(SettingsError, match="what to do"):
        call()


def test_customers_that_are_no_frame_are_refused():
    """A list of names is no customers frame."""
    for name in ("usage_by_customer", "error_heatmap", "small_multiples", "concentration"):
        with pytest.raises(FrameError, match="no frame"):
            getattr(charts, name)(USAGE, customers=["One", "Two"])
    with pytest.raises(FrameError, match="no frame"):
        charts.churn_view(USAGE, ["One"])


def _call(name, frames):
    people = FRAMES[1]
    made = {
        "customer_over_time": lambda: charts.customer_over_time(frames[0], "1"),
        "status_mix": lambda: charts.status_mix(frames[2]),
        "cost_by_customer": lambda: charts.cost_by_customer(frames[3]),
        "churn_view": lambda: charts.churn_view(frames[0], people),
    }
    return made.get(name, lambda: getattr(charts, name)(frames[0]))()


@pytest.mark.parametrize("name", [name for name in NAMES if name != "cost_by_customer"])
def test_times_without_a_zone_are_refused(name):
    """Nobody knows when a naive time is."""
    naive = [
        frame.assign(time=frame["time"].dt.tz_localize(None)) if "time" in frame else frame
        for frame in FRAMES
    ]
    with pytest.raises(FrameError, match="time"):
        _call(name, naive)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_no_number_is_refused(name):
    """Text, and infinity."""
    for value, said in (("many", "no numbers"), (float("inf"), "infinite")):
        column = {"cost_by_customer": "base_fee"}.get(name, "requests")
        wrong = [frame.assign(**{column: value}) if column in frame else frame for frame in FRAMES]
        with pytest.raises(FrameError, match=said):
            _call(name, wrong)
