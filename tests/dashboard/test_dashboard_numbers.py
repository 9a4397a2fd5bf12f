"""Changes and charts: a true minus, a colour that says whether a change is good, per cent."""

from __future__ import annotations

import json

from streamlit.proto.Metric_pb2 import Metric
from streamlit.testing.v1 import AppTest


def _numbers() -> None:
    from tagledger.words import signed
    from tagledger_dashboard import ui
    from tagledger_dashboard.views.overview import Count

    ui.metrics(
        Count(colour, "1", signed(change), "", colour)
        for colour in ("normal", "inverse", "off")
        for change in (2, -2, 0)
    )


def test_a_change_has_a_true_minus_and_the_colour_of_good_or_bad_news() -> None:
    app = AppTest.from_function(_numbers).run()
    assert not app.exception
    green, red, gray = (Metric.MetricColor.Value(name) for name in ("GREEN", "RED", "GRAY"))
    up, down, none = (Metric.MetricDirection.Value(name) for name in ("UP", "DOWN", "NONE"))
    assert [(one.delta, one.proto.color, one.proto.direction) for one in app.metric] == [
        ("+2", green, up),
        ("\u22122", red, down),
        ("±0", gray, none),
        ("+2", red, up),
        ("\u22122", green, down),
        ("±0", gray, none),
        ("+2", gray, none),
        ("\u22122", gray, none),
        ("±0", gray, none),
    ]


def _chart() -> None:
    import altair as alt
    import pandas as pd

    from tagledger_dashboard import ui
    from tagledger_dashboard.views.figure import Figure

    chart = alt.Chart(pd.DataFrame({"x": [1]})).mark_bar().encode(x="x")
    ui.figure(Figure("One bar", alt.vconcat(chart, chart)), key="chart")


def test_charts_write_numbers_as_sentences_do() -> None:
    app = AppTest.from_function(_chart).run()
    assert not app.exception
    (chart,) = app.get("arrow_vega_lite_chart") or app.get("vega_lite_chart")
    locale = json.loads(chart.proto.spec)["config"]["locale"]["number"]
    assert (locale["percent"], locale["minus"], locale["thousands"]) == (" %", "\u2212", ",")
