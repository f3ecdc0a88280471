"""Vertical lines of the charts over time, each with its label: the changes by the user, and the cursor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from ev2gym_dashboard import palette
from ev2gym_dashboard.web.components.change_texts import label_settings
from ev2gym_dashboard.web.components.charts import (
    FigureDict,
    TrendView,
    compute_time_span,
    escape_markup,
    format_plotly_time,
    make_rectangle,
)
from ev2gym_dashboard.web.i18n import SPACE, Translator

MIN_DISTANCE = 0.25
"""Least distance of two labels, as a share of the window: changes that are nearer share one."""
RIGHT_SHARE = 0.65
"""Share of the window from which on a label is on the left of its line."""
MAX_LABEL_LENGTH, ELLIPSIS = 24, "…"
LABEL_SIZE_PX, EMPTY_LINE = 11, f"{SPACE}<br>"
Span = tuple[datetime, datetime]


def make_change_lines(view: TrendView, _: Translator) -> list[FigureDict]:
    """Return a line at the time of each change that the user made, with the labels of those in the window."""
    texts: dict[datetime, list[str]] = {}
    for change in view.run.changes:
        # Several changes at one step give one line.
        texts.setdefault(view.run.scenario.get_step_time(change.step), []).append(label_settings(change.settings, _))
    span = compute_time_span(view)
    # Every second label is on a second line: on a phone, a long one would cover the next one.
    labels = {
        time: _make_label(text, time, span, "top", n_above=number % 2)
        for number, (time, text) in enumerate(_choose_labels(texts, span, _))
    }
    return [_make_line(time) | labels.get(time, {}) for time in texts]


def make_cursor_lines(view: TrendView, past_step: int | None, _: Translator) -> list[FigureDict]:
    """Return the line at the past step that is shown, with its time; none at the current one."""
    if past_step is None or past_step >= view.run.step:
        return []
    time = view.run.scenario.get_step_time(past_step)
    line = {"color": palette.CURSOR, "width": 2, "dash": "dash"}
    return [_make_line(time) | {"line": line} | _make_label(_.time(time), time, compute_time_span(view), "bottom")]


def _make_line(time: datetime) -> FigureDict:
    text = format_plotly_time(time)
    return make_rectangle(text, text, layer="above")


def _choose_labels(texts: Mapping[datetime, list[str]], span: Span, _: Translator) -> Iterator[tuple[datetime, str]]:
    """Return the time and the text of each label in the window; labels are apart, so that none covers another."""
    times = [time for time in texts if span[0] <= time <= span[1]]
    while times:
        first = times[0]
        near = [time for time in times if time - first < MIN_DISTANCE * (span[1] - span[0])]
        changes = [text for time in near for text in texts[time]]
        yield first, changes[0] if len(changes) == 1 else _("Changes: {count}", count=_.number(len(changes)))
        times = times[len(near) :]


def _make_label(text: str, time: datetime, span: Span, side: str, *, n_above: int = 0) -> FigureDict:
    is_right = time - span[0] > RIGHT_SHARE * (span[1] - span[0])
    short = text if len(text) <= MAX_LABEL_LENGTH else text[: MAX_LABEL_LENGTH - 1].rstrip() + ELLIPSIS
    # The line has no width: a text at its right edge lies on its left.
    position = f"{side} {'right' if is_right else 'left'}"
    style = {"textposition": position, "textangle": 0, "padding": 3, "font": {"size": LABEL_SIZE_PX}}
    return {"label": {"text": EMPTY_LINE * n_above + escape_markup(short)} | style}
