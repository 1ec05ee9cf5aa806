"""One customer over time."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from matplotlib.patches import StepPatch
from support import charted

from wfp_ops import charts


def steps(axes):
    """The values, from left to right, of each stepped line and area of a panel."""
    return [patch.get_data()[0] for patch in axes.patches if isinstance(patch, StepPatch)]


def test_three_panels_and_their_units():
    """Requests, error share, CPU time: one time axis, errors never on a second scale of the first panel."""
    figure = charts.customer_over_time(charted.usage(3), "1")
    assert [axes.get_title(loc="left") for axes in figure.axes] == [
        "requests each hour",
        "error share: requests that failed, of all",
        "CPU time of a request, in ms: p50 to p99",
    ]
    assert figure.axes[0].get_xlim() == figure.axes[1].get_xlim() == figure.axes[2].get_xlim()
    assert figure.axes[-1].get_xlabel() == "time (UTC)"
    assert figure.title == "Customer 1"


def test_the_values_are_the_frames():
    """Each panel draws the customer's own rows, span by span."""
    frame = charted.usage(3)
    own = frame[frame["customer_id"] == "2"]
    requests, failed, cpu = charts.customer_over_time(frame, "2").axes
    assert np.array_equal(steps(requests)[0], own["requests"].astype(float))
    assert np.allclose(steps(failed)[0], (own["errors"] / own["requests"]).astype(float))
    assert np.array_equal(steps(cpu)[1], own["cpu_ms_p99"].astype(float))
    assert np.array_equal(steps(cpu)[2], own["cpu_ms_p50"].astype(float))


def test_several_rows_of_one_span_are_summed_but_quantiles_are_not():
    """Requests add up; of quantiles the lowest and the highest are shown, and that is said."""
    workers = [
        {
            "id": "1",
            "worker": name,
            "hour": 0,
            "requests": 10,
            "errors": bad,
            "cpu_ms_p50": p50,
            "cpu_ms_p99": p99,
        }
        for name, bad, p50, p99 in (("a", 0, 1.0, 9.0), ("b", 5, 3.0, 12.0))
    ]
    figure = charts.customer_over_time(charted.rows(*workers), "1")
    requests, failed, cpu = figure.axes
    assert steps(requests)[0].tolist() == [20]
    assert steps(failed)[0].tolist() == [0.25]
    ends = {
        float(end)
        for patch in cpu.patches
        for end in (*patch.get_data()[0], *np.atleast_1d(patch.get_data()[2]))
        if end is not None
    }
    assert ends == {1.0, 3.0, 9.0, 12.0}
    assert any("quantiles can't be added up" in text for text in charted.texts(figure))


def test_without_quantiles_the_mean_is_shown_and_called_so():
    """Sums over customers have no quantiles; a mean is not passed off as one."""
    frame = charted.rows(*({"id": "1", "hour": hour, "requests": 4, "cpu_ms": 10} for hour in range(3)))
    figure = charts.customer_over_time(frame, "1")
    assert "the mean" in figure.axes[2].get_title(loc="left")
    assert steps(figure.axes[2])[0].tolist() == [2.5] * 3
    assert not any("p99" in text for text in charted.texts(figure))


def test_what_is_not_known_is_not_drawn():
    """Neither errors nor CPU time: the panels say so, and no share is claimed."""
    figure = charts.customer_over_time(charted.rows(("1", 0, 5)), "1")
    assert figure.axes[1].get_title(loc="left") == "error share: not known"
    assert figure.axes[2].get_title(loc="left") == "CPU time of a request: not known"
    assert not any("failed" in text for text in charted.texts(figure))


def test_a_span_without_a_row_is_a_gap():
    """The line breaks; nothing is drawn between."""
    (requests, *_) = charts.customer_over_time(charted.rows(("1", 0, 5), ("2", 1, 5), ("1", 2, 5)), "1").axes
    assert np.isnan(steps(requests)[0]).tolist() == [False, True, False]


def test_a_known_zero_is_no_gap():
    """A row that says zero is drawn at zero."""
    (requests, *_) = charts.customer_over_time(charted.rows(("1", 0, 5), ("1", 1, 0), ("1", 2, 5)), "1").axes
    assert steps(requests)[0].tolist() == [5, 0, 5]


def test_the_time_axis_is_that_of_the_whole_frame():
    """A customer who went quiet is seen to be quiet."""
    frame = charted.rows(("1", 0, 5), ("2", 1, 5), ("2", 9, 5))
    (requests, *_) = charts.customer_over_time(frame, "1").axes
    assert len(steps(requests)[0]) == 10


def test_incomplete_spans_are_hatched_in_each_panel():
    """From the first incomplete span on."""
    figure = charts.customer_over_time(charted.usage(2, incomplete=3), "1")
    for axes in figure.axes:
        assert any(patch.get_hatch() for patch in axes.patches)
    assert any(text == "incomplete" for text in charted.texts(figure))
    assert not any(
        patch.get_hatch() for patch in charts.customer_over_time(charted.usage(2), "1").axes[0].patches
    )


def test_bounds_of_estimates_are_drawn_where_the_frame_has_them():
    """Low and high as a band around the estimate."""
    frame = charted.usage(2)
    frame["requests_low"], frame["requests_high"] = frame["requests"] * 0.9, frame["requests"] * 1.1
    figure = charts.customer_over_time(frame, "1")
    own = frame[frame["customer_id"] == "1"]
    band = [patch.get_data() for patch in figure.axes[0].patches if isinstance(patch, StepPatch)][1]
    assert np.allclose(band[0], own["requests_high"].astype(float))
    assert np.allclose(band[2], own["requests_low"].astype(float))
    assert "95 % bounds of the estimate" in charted.texts(figure)


@pytest.mark.parametrize("who", ["nobody", "", "1 OR 1=1"])
def test_a_customer_who_is_not_there_had_no_requests(who):
    """An empty chart that says so, and for whom."""
    figure = charts.customer_over_time(charted.usage(2), who)
    assert "no requests in this period" in charted.texts(figure)
    assert figure.title == f"Customer {who}"


def test_what_is_nobodys_can_be_seen_over_time():
    """None stands for rows without a customer."""
    frame = charted.usage(2)
    figure = charts.customer_over_time(frame, None)
    assert figure.title == "Unallocated"
    assert np.nansum(steps(figure.axes[0])[0]) == frame[frame["customer_id"].isna()]["requests"].sum()


def test_more_spans_than_pixels_are_put_together():
    """A quarter of a year of five minutes: sums are kept, and the caption says how long a step is."""
    frame = charted.usage(1, spans=25_000, step="5min", unknown=False)
    (requests, *_) = charts.customer_over_time(frame, "1").axes
    assert requests.get_title(loc="left") == "requests each 2\u00a0hours"
    assert np.nansum(steps(requests)[0]) == frame["requests"].sum()


def test_far_apart_quantiles_stand_on_a_log_scale():
    """Or p50 would lie on the ground."""
    frame = charted.rows(
        *({"id": "1", "hour": hour, "requests": 4, "cpu_ms_p50": 1, "cpu_ms_p99": 500} for hour in range(3))
    )
    axes = charts.customer_over_time(frame, "1").axes[2]
    assert axes.get_yscale() == "log"
    assert axes.get_title(loc="left").endswith("(log scale)")


@pytest.mark.parametrize("most", [12, 30, 90, 400, 10**4, 10**6])
@pytest.mark.parametrize("size", [(400, 300), (480, 320), (1000, 600)], ids=str)
def test_numbers_of_a_log_scale_do_not_lie_over_each_other(most, size):
    """However few powers of ten there are, and however low the panel: at least one, with a line between two."""
    frame = charted.rows(
        *(
            {"id": "1", "hour": hour, "requests": 4, "cpu_ms_p50": 0.43, "cpu_ms_p99": most}
            for hour in range(3)
        )
    )
    figure = charts.customer_over_time(frame, "1", size=size)
    axes = figure.axes[2]
    assert axes.get_yscale() == "log"
    assert axes.yaxis.get_minorticklocs().size == 0
    figure.canvas.draw()
    boxes = [label.get_window_extent() for label in axes.get_yticklabels() if label.get_text()]
    assert len(boxes) >= 1
    assert all(above.y0 - below.y1 > 0 for below, above in pairwise(boxes))


def test_several_workers_have_what_the_legend_says():
    """One band and two lines, each of which is named; the band is that of p99 alone."""
    several = [
        {"id": "1", "worker": name, "hour": hour, "requests": 9, "cpu_ms_p50": p50, "cpu_ms_p99": p99}
        for hour in range(3)
        for name, p50, p99 in (("a", 1.0, 9.0), ("b", 3.0, 12.0))
    ]
    figure = charts.customer_over_time(charted.rows(*several), "1")
    areas = [patch for patch in figure.axes[2].patches if isinstance(patch, StepPatch) and patch.get_fill()]
    assert [(set(area.get_data()[0]), set(area.get_data()[2])) for area in areas] == [({12.0}, {9.0})]
    legend = figure.legends[0]
    assert [text.get_text() for text in legend.get_texts()] == [
        "CPU time, p99: lowest to highest",
        "CPU time, p50: lowest and highest",
    ]
    assert legend.get_patches()[0].get_facecolor() == areas[0].get_facecolor()


def test_one_point_fills_its_span():
    """A single hour is a block, no invisible dot."""
    (requests, *_) = charts.customer_over_time(charted.rows(("1", 0, 5)), "1").axes
    low, high = requests.get_xlim()
    assert high - low == pytest.approx(1 / 24)


def test_the_record_of_the_frame_says_how_long_a_span_is():
    """One row of a day is a day, not an hour."""
    frame = charted.rows(("1", 0, 5))
    frame.attrs["wfp_ops"] = {
        "kind": "usage",
        "every": "1d",
        "start": "2026-11-09T00:00:00Z",
        "end": "2026-11-12T00:00:00Z",
    }
    figure = charts.customer_over_time(frame, "1")
    assert figure.axes[0].get_title(loc="left") == "requests each day"
    whole = pd.DataFrame(frame)
    whole.attrs["wfp_ops"] = {**frame.attrs["wfp_ops"], "every": "none"}
    assert charts.customer_over_time(whole, "1").axes[0].get_title(loc="left") == "requests each 3\u00a0days"
