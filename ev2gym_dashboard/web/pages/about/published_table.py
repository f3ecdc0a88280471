"""Table of the page About: published figures and ours, with tolerance, verdict and conditions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from dash import html

from ev2gym_dashboard.web.components.aria import make_aria_label
from ev2gym_dashboard.web.i18n import N_, SPACE, Translator
from ev2gym_dashboard.web.pages.about.published import (
    INCOMPARABLE,
    MET,
    MISSED,
    PERCENT,
    PublishedFigure,
    PublishedFigures,
    read_published_figures,
)

VERDICTS = {MET: N_("met"), MISSED: N_("missed"), INCOMPARABLE: N_("cannot be compared")}
COLUMNS = (N_("Figure"), N_("Published"), N_("Ours"), N_("Tolerance"), N_("Verdict"), N_("Our conditions"))


def render_published_section(_: Translator) -> html.Section:
    """Return the section of the published figures."""
    published, title = read_published_figures(), _("Published figures and ours")
    rows = html.Tbody([_render_row(row, _) for row in published.figures])
    return html.Section(
        [
            html.Div(html.H3(title), className="panel-head"),
            html.P(f"{_count_verdicts(published, _)} {_explain(published, _)}", className="hint"),
            html.Table([_render_head(_), rows], className="published", **make_aria_label(title)),
        ],
        className="panel",
    )


def _count_verdicts(published: PublishedFigures, _: Translator) -> str:
    counts = Counter(figure.verdict for figure in published.figures)
    return _(
        "Of {count} figures, {met} are met, {missed} are missed, and {incomparable} cannot be compared.",
        count=counts.total(),
        met=counts[MET],
        missed=counts[MISSED],
        incomparable=counts[INCOMPARABLE],
    )


def _explain(published: PublishedFigures, _: Translator) -> str:
    return _(
        "Ours is the mean over {seeds} seeds ± half its 95% confidence interval. A figure is met if the mean lies "
        "within the tolerance, which was fixed before the first run.",
        seeds=published.seeds,
    )


def _render_head(_: Translator) -> html.Thead:
    return html.Thead(html.Tr([html.Th(_(column), scope="col") for column in COLUMNS]))


def _render_row(row: PublishedFigure, _: Translator) -> html.Tr:
    cells = (
        [html.Div(_(row.figure)), _render_source(row, _)],
        format_figure(row, _),
        format_tolerance(row, _),
        [html.Strong(_(VERDICTS[row.verdict])), *_render_reason(row, _)],
        _(row.conditions),
    )
    labelled = [_render_cell(cell, _(label)) for label, cell in zip(COLUMNS[1:], cells, strict=True)]
    verdict: dict[str, Any] = {"data-verdict": row.verdict}
    return html.Tr([html.Th(_(row.title), scope="row"), *labelled], **verdict)


def _render_cell(content: Any, label: str) -> html.Td:
    # A narrow page shows the cells of a row below each other, each with the name of its column.
    data: dict[str, Any] = {"data-label": label}
    return html.Td(content, **data)


def _render_source(row: PublishedFigure, _: Translator) -> html.Div:
    source = _(row.source)
    return html.Div(html.A(source, href=row.address, rel="noreferrer") if row.address else source, className="unit")


def _render_reason(row: PublishedFigure, _: Translator) -> Sequence[Any]:
    return [html.Div(_("because {reason}", reason=_(row.reason)), className="unit")] if row.reason else []


def format_figure(row: PublishedFigure, _: Translator) -> str:
    """Return our mean, half its interval, and their unit."""
    numbers = (_.number(value, row.decimals) for value in (row.mean, row.ci95))
    return _add_unit(f"{SPACE}±{SPACE}".join(numbers), row.unit, _)


def format_tolerance(row: PublishedFigure, _: Translator) -> str:
    """Return the ends of the tolerance and their unit."""
    if not row.tolerance:
        return _("none set")
    low, high = map(_.plain, row.tolerance)
    return _add_unit(_("{low} to {high}", low=low, high=high), row.unit, _)


def _add_unit(text: str, unit: str, _: Translator) -> str:
    if unit == PERCENT:
        return _.add_percent_sign(text)
    return f"{text}{SPACE}{_(unit)}" if unit else text
