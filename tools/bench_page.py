"""Benchmark page and chart: ``python -m tools.bench_page .cache/bench.json`` after ``make bench``.

The record is copied to ``docs/bench.json``; without an argument that copy is rendered. Chromium draws the chart.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import plotly.graph_objects as go
from playwright.sync_api import sync_playwright
from plotly.offline import get_plotlyjs

from bench.goals import make_goal_rows
from bench.opening import find_chromium
from bench.record import format_markdown
from tools.page_sections import update_page

FOLDER = Path(__file__).parents[1] / "docs"
RECORD_FILE, BENCH_PAGE, CHART_FILE = (FOLDER / f"bench.{suffix}" for suffix in ("json", "md", "svg"))
WIDTH, HEIGHT = 900, 520
KERNEL_COLOURS = {"NumPy": "#0072B2", "Numba": "#009E73"}

BenchmarkRecord = dict[str, Any]
MarkdownRows = list[dict[str, str]]


def format_machine(record: BenchmarkRecord) -> str:
    """Return a line on the machine and the library versions of a record."""
    machine = record["machine"]
    packages = [f"{label} {machine[name]}" for name, label in (("numpy", "NumPy"), ("numba", "Numba")) if machine[name]]
    system = f"{machine['cpu']}, {machine['cores']} cores, {machine['system']} {machine['architecture']}"
    return f"{system}; Python {machine['python']}, {', '.join(packages)}"


def make_target_rows(record: BenchmarkRecord) -> MarkdownRows:
    """Return the targets: a row per figure, a column per kernel."""
    kernels = list(dict.fromkeys(row["kernel"] for row in record["days"]))
    rows = []
    for figure, group in groupby(record["targets"], key=lambda row: row["figure"]):
        by_kernel = {target["kernel"]: target for target in group}
        limit = next(iter(by_kernel.values()))["target"]
        verdicts = {kernel: _format_verdict(by_kernel.get(kernel)) for kernel in kernels}
        rows.append({"Figure": figure, "Target": _format_number(limit), **verdicts})
    return rows


def make_fleet_rows(record: BenchmarkRecord, part: str) -> MarkdownRows:
    """Return the cost of a step: a row per fleet size, kernel and number of threads."""
    return [
        {
            "Vehicles": f"{row['vehicles']:,}",
            "Kernel": row["kernel"],
            "Threads": str(row["threads"]),
            "Steps/s": _format_number(row["steps_per_s"]),
            "Million vehicle-steps/s": _format_number(row["vehicle_steps_per_s"] / 1e6),
            "ns per vehicle-step": _format_number(row["ns_per_vehicle_step"]),
            "Same, CPU": _format_number(row["cpu_ns_per_vehicle_step"]),
            "Draws": f"{row['draws_share']:.0%}".replace("%", " %"),
            "Copies": _format_number(row["copies"]),
            "All steps [s]": _format_number(row["steps_s"]),
            "With making the fleet [s]": _format_number(row["total_s"]),
            "Bytes per vehicle": f"{_format_number(row['state_bytes'])} / {_format_number(row['kept_bytes'])}",
        }
        for row in record[part]
    ]


def make_reference_rows(record: BenchmarkRecord) -> MarkdownRows:
    """Return EV2Gym and this simulator on the same workload."""
    return [
        {
            "Simulator": " ".join(filter(None, (row["simulator"], row["kernel"]))),
            "Vehicles": f"{row['vehicles']:,}",
            "Steps": str(row["steps"]),
            "Time [s]": _format_number(row["seconds"]),
            "Plugged in": f"{row['plugged_share']:.0%}".replace("%", " %"),
            "Vehicle-steps/s": _format_number(row["vehicle_steps_per_s"]),
            "Of these plugged in": _format_number(row["plugged_vehicle_steps_per_s"]),
        }
        for row in record["same_work"]
    ]


def make_year_rows(record: BenchmarkRecord) -> MarkdownRows:
    """Return the time and the memory of long runs: a row per fleet and length of a step."""
    return [
        {
            "Vehicles": f"{row['vehicles']:,}",
            "Step [min]": str(row["timestep_min"]),
            "Steps": f"{row['steps']:,}",
            "One run [s]": _format_number(row["run_s"]),
            "`simulate`, with counterfactuals [s]": _format_number(row["simulate_s"]),
            "Imports and kernels [MiB]": _format_number(row["imports_mib"]),
            "Peak of one run [MiB]": _format_number(row["peak_mib"]),
            "Peak of `simulate` [MiB]": _format_number(row["simulate_mib"]),
        }
        for row in record.get("years", ())
    ]


def make_episode_rows(record: BenchmarkRecord) -> MarkdownRows:
    """Return the Gymnasium environments, and EV2Gym's."""
    return [
        {
            "Environment": row["form"],
            "Fleets": str(row["fleets"]),
            "Vehicles of each": f"{row['vehicles']:,}",
            "Env-steps/s": _format_number(row["steps_per_s"]),
            "Reset of a fleet [ms]": _format_number(row["reset_ms"]),
            "Times EV2Gym": "-" if row["times_ev2gym"] is None else _format_number(row["times_ev2gym"]),
        }
        for row in record.get("episodes", ())
    ]


def make_sweep_rows(record: BenchmarkRecord) -> MarkdownRows:
    """Return the sweeps: a row per number of processes, and the one of many short runs."""
    return [
        {
            "Runs": f"{row['runs']:,}",
            "Vehicles": f"{row['vehicles']:,}",
            "Days": _format_number(row["days"]),
            "Processes": str(row["workers"]),
            "Time [s]": _format_number(row["seconds"]),
            "Runs/s": _format_number(row["runs"] / row["seconds"]),
            "Efficiency": _format_number(row["efficiency"]) if "efficiency" in row else "-",
        }
        for row in (*record.get("sweeps", ()), *record.get("many_runs", ()))
    ]


def format_rows(rows: MarkdownRows) -> str:
    """Return a table, or a sentence where the run has no such part."""
    return format_markdown(rows) if rows else "Not measured in this run.\n"


PAGE_SECTIONS: dict[str, Callable[[BenchmarkRecord], str]] = {
    "machine": lambda record: f"Machine: {format_machine(record)}. Load before the run: {record['machine']['load']}.\n",
    "goals": lambda record: format_markdown(make_goal_rows(record)),
    "targets": lambda record: format_markdown(make_target_rows(record)),
    "days": lambda record: format_markdown(make_fleet_rows(record, "days")),
    "weeks": lambda record: format_markdown(make_fleet_rows(record, "weeks")),
    "years": lambda record: format_rows(make_year_rows(record)),
    "gymnasium": lambda record: format_rows(make_episode_rows(record)),
    "sweeps": lambda record: format_rows(make_sweep_rows(record)),
    "same work": lambda record: format_markdown(make_reference_rows(record)),
}


def list_sections(record: BenchmarkRecord) -> dict[str, Callable[[], str]]:
    """Return the sections of the page, bound to a record."""
    return {name: partial(render, record) for name, render in PAGE_SECTIONS.items()}


def draw_chart(record: BenchmarkRecord) -> go.Figure:
    """Draw vehicle-steps per second over fleet size for each kernel, for copying the state, and for EV2Gym."""
    chart = go.Figure()
    days = sorted(record["days"], key=lambda row: (row["kernel"], row["threads"], row["vehicles"]))
    for (kernel, threads), group in groupby(days, key=lambda row: (row["kernel"], row["threads"])):
        name = f"{kernel}, {threads} threads" if threads > 1 else kernel
        line = {"color": KERNEL_COLOURS[kernel], "dash": "solid" if threads > 1 else "dot"}
        _add_trace(chart, name, ((row["vehicles"], row["vehicle_steps_per_s"]) for row in group), line)
    max_threads = max(row["threads"] for row in days)
    copies = {row["vehicles"]: row["vehicles"] / row["copy_ms"] * 1e3 for row in days if row["threads"] == max_threads}
    _add_trace(chart, "copying the state only", sorted(copies.items()), {"color": "#999999", "dash": "dash"})
    reference = [row for row in record["same_work"] if not row["kernel"]]
    points = ((row["vehicles"], row["vehicle_steps_per_s"]) for row in reference)
    _add_trace(chart, reference[0]["simulator"] if reference else "EV2Gym: not measured", points, {"color": "#D55E00"})
    title = f"Vehicle-steps per second<br><sup>{format_machine(record)}</sup>"
    chart.update_layout(
        template="plotly_white", width=WIDTH, height=HEIGHT, title=title, legend={"orientation": "h", "y": -0.18}
    )
    chart.update_xaxes(
        type="log", dtick=1, title="vehicles (EV2Gym: chargers)", exponentformat="none", separatethousands=True
    )
    return chart.update_yaxes(type="log", dtick=1, title="vehicle-steps per second", exponentformat="SI")


def render_svg(chart: go.Figure) -> str:
    """Render a figure as SVG with Plotly in Chromium; equal figures give equal text."""
    path = find_chromium()
    if path is None:
        raise FileNotFoundError("no Chromium on this machine to draw the chart")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_page()
        page.add_script_tag(content=get_plotlyjs())
        data_url = page.evaluate("figure => Plotly.toImage(figure, {format: 'svg'})", json.loads(chart.to_json()))
        browser.close()
    text = unquote(data_url.partition(",")[2])
    # Plotly draws random ids; fixed ones keep the file unchanged when the record is unchanged.
    defs = re.search('id="defs-([0-9a-f]+)"', text)
    text = text.replace(defs[1], "bench") if defs else text
    return re.sub("trace[0-9a-f]{6}", "trace", text) + "\n"


def main(arguments: Iterable[str]) -> None:
    """Store the record of a benchmark, and update the page and the chart."""
    for path in arguments:
        RECORD_FILE.write_text(Path(path).read_text(encoding="utf-8"), encoding="utf-8")
    record = json.loads(RECORD_FILE.read_text(encoding="utf-8"))
    update_page(BENCH_PAGE, list_sections(record))
    CHART_FILE.write_text(render_svg(draw_chart(record)), encoding="utf-8")


def _add_trace(chart: go.Figure, name: str, points: Iterable[tuple[int, float]], line: dict[str, str]) -> None:
    x, y = zip(*points, strict=True) if (points := list(points)) else ((), ())
    chart.add_scatter(x=x, y=y, name=name, line=line, mode="lines+markers")


def _format_verdict(target: BenchmarkRecord | None) -> str:
    if target is None or target["measured"] is None:
        return "not measured"
    return f"{_format_number(target['measured'])}: {'reached' if target['reached'] else 'not reached'}"


def _format_number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


if __name__ == "__main__":
    main(sys.argv[1:])
