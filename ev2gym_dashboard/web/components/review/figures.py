"""Charts of a file under review: a series as it is read, the arrivals of sessions, the prices of a tariff."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import numpy as np

from ev2gym_dashboard import palette
from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.charging_sessions import ChargingSessions
from ev2gym_dashboard.core.profile import Profile
from ev2gym_dashboard.core.site.tariff import HOURS_PER_DAY, Tariff, compute_import_price_mad_kwh
from ev2gym_dashboard.service.datasets.packaged import load_charging_sessions
from ev2gym_dashboard.service.datasets.series_file.units import PROFILE_UNITS
from ev2gym_dashboard.service.datasets.tariff_file import parse_tariff_text
from ev2gym_dashboard.web.components.charts import (
    FigureDict,
    format_plotly_time,
    make_axis,
    make_figure,
    make_line_trace,
    make_time_axis,
    round_significant,
)
from ev2gym_dashboard.web.i18n import Translator
from ev2gym_dashboard.web.requests.review import Review

HEIGHT_PX = 210
MAX_PREVIEW_POINTS = 600
TYPICAL_START = datetime(2000, 1, 3)  # noqa: DTZ001
"""A Monday: a chart of days without a date shows their hours alone."""
SECONDS_PER_H = 3600
SEASON_COLOURS = (palette.G2V, palette.V2G, palette.SOC, palette.WAITING, palette.IDLE)
MARGIN = {"l": 64, "r": 12, "t": 8, "b": 36}
HALF_DAY_MS = 43_200_000


def make_review_figure(review: Review, _: Translator) -> FigureDict | None:
    """Return the chart of a file under review; None for a kind of file without one, or one that cannot be read."""
    if review.reading is not None:
        profile = review.reading.profile
        return None if profile is None else make_profile_figure(profile, PROFILE_UNITS[review.field])
    if sessions := review.values.get("sessions"):
        return make_arrival_figure(sessions, review.held.place, _)
    tariff = parse_tariff_text(review.values["tariff_spec"]) if review.values.get("tariff_spec") else None
    return make_tariff_figure(tariff) if tariff and tariff.seasons else None


def make_empty_figure() -> FigureDict:
    """Return the chart before a file is read."""
    return make_figure([], height=HEIGHT_PX, margin=MARGIN, uirevision=None)


def make_profile_figure(profile: Profile, unit: str) -> FigureDict:
    """Return the chart of a series; of a long one the lowest and the highest value of each part of the time."""
    lows, highs, n_per_point = compute_envelope(profile.values)
    start = profile.start or TYPICAL_START
    axis = {"x0": format_plotly_time(start), "dx": n_per_point * profile.step_min * 60_000}
    hover = f"%{{y:,.4~r}} {unit}<extra></extra>"
    traces = [_make_steps(values, palette.BASE_LOAD, hover) | axis for values in (lows, highs)]
    traces[1] |= {"fill": "tonexty", "fillcolor": f"{palette.BASE_LOAD}66"}
    time_axis = make_time_axis()
    if profile.start is None:
        time_axis |= {"tickformat": "%H:%M", "hoverformat": "%H:%M", "tickformatstops": []}
    elif profile.length_days > 3:
        # Of a few days, Plotly labels half days too: without the hour, a date would stand there twice.
        stops = [{"dtickrange": [None, HALF_DAY_MS], "value": "%H:%M\n%e %b"}]
        time_axis |= {"tickformatstops": stops, "tickformat": "%e %b\n%Y"}
    return _make_review_figure(traces if n_per_point > 1 else traces[:1], xaxis=time_axis, yaxis=_make_unit_axis(unit))


def compute_envelope(values: Floats) -> tuple[Floats, Floats, int]:
    """Return the lowest and the highest value of each of at most `MAX_PREVIEW_POINTS` parts of a series.

    Parameters
    ----------
    values : the series, (n,), n > 0

    Returns
    -------
    lows, highs : (parts,), of equally many values, the last part of the rest
    n_per_part : values of a part
    """
    n_per_part = -(-len(values) // MAX_PREVIEW_POINTS)
    starts = np.arange(0, len(values), n_per_part)
    return np.minimum.reduceat(values, starts), np.maximum.reduceat(values, starts), n_per_part


def make_arrival_figure(sessions: ChargingSessions, place: str, _: Translator) -> FigureDict:
    """Return the share of arrivals in each hour of the day, beside those that would be drawn."""
    hours = np.asarray(sessions.arrival_s) // SECONDS_PER_H % HOURS_PER_DAY
    given = np.bincount(hours.astype(np.int64), minlength=HOURS_PER_DAY) / len(sessions)
    tables = load_charging_sessions()[place]
    week = 5.0 * tables.arrival_share_weekday + 2.0 * tables.arrival_share_weekend
    hover = "%{x}:00 UTC · %{y:.1%}<extra>%{fullData.name}</extra>"
    bars = {"type": "bar", "name": _("File"), "marker": {"color": palette.G2V}, "y": _round(given)}
    line = make_line_trace(_("Drawn"), palette.V2G, hover=hover) | {"y": _round(week / week.sum())}
    line["line"] |= {"shape": "linear", "width": 2}
    axis = {"x0": 0, "dx": 1, "hovertemplate": hover}
    return _make_review_figure(
        [bars | axis, line | axis],
        xaxis={"fixedrange": True, "dtick": 3, "ticksuffix": ":00", "range": [-0.6, HOURS_PER_DAY - 0.4]},
        yaxis=_make_unit_axis(_("Arrivals")) | {"tickformat": ".0%", "rangemode": "tozero"},
        showlegend=True,
    )


def make_tariff_figure(tariff: Tariff) -> FigureDict:
    """Return the price of import over a weekday of each season."""
    hour_h = np.arange(0.0, HOURS_PER_DAY, 0.25)
    hover = "%{y:,.4~r} MAD/kWh<extra>%{fullData.name}</extra>"
    traces = []
    for season, colour in zip(tariff.seasons, SEASON_COLOURS, strict=False):
        day = _find_wednesday(tariff, season.spans[0][0])
        prices = compute_import_price_mad_kwh(tariff, day, hour_h)
        times = {"name": season.name, "x0": format_plotly_time(TYPICAL_START), "dx": 15 * 60_000}
        traces.append(_make_steps(prices, colour, hover) | times)
    clock = make_time_axis() | {"tickformat": "%H:%M", "hoverformat": "%H:%M", "tickformatstops": []}
    return _make_review_figure(
        traces, xaxis=clock, yaxis=_make_unit_axis("MAD/kWh") | {"rangemode": "tozero"}, showlegend=len(traces) > 1
    )


def _find_wednesday(tariff: Tariff, first: tuple[int, int]) -> date:
    """Return the first Wednesday of a season that is no holiday, the last one tried where all are."""
    day = date(2026, *first)
    for _n in range(21):
        iso = day.isoformat()
        if day.weekday() == 2 and not {iso, iso[5:]} & set(tariff.holidays):
            break
        day += timedelta(days=1)
    return day


def _make_steps(values: Floats, colour: str, hover: str) -> FigureDict:
    # The line has steps: the last value needs a second point to extend to the end of its step.
    return make_line_trace("", colour, hover=hover) | {"y": _round(np.append(values, values[-1:]))}


def _make_unit_axis(unit: str) -> FigureDict:
    return make_axis() | {"title": {"text": unit, "standoff": 4}}


def _make_review_figure(traces: list[FigureDict], **layout: Any) -> FigureDict:
    legend = {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"}
    base = {"margin": MARGIN, "legend": legend, "uirevision": None, "hovermode": "closest"}
    return make_figure(traces, height=HEIGHT_PX, **(base | layout))


def _round(values: Floats) -> list[float | None]:
    return round_significant(values.tolist())
