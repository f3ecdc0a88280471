"""The results of the study of V2G under ONEE's tariffs, and what its page quotes of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from bench.record import format_markdown
from ev2gym_dashboard.service.sweeps.plan import list_sweep_runs
from ev2gym_dashboard.service.sweeps.toml_file import read_sweep
from ev2gym_dashboard.strategies import STRATEGIES

STUDY_FOLDER = Path(__file__).parents[1] / "docs" / "study"
SWEEP, RESULTS = STUDY_FOLDER / "sweep.toml", STUDY_FOLDER / "results.csv"
INPUT_COLUMNS = ["start", "tariff", "strategy", "bidirectional_share", "fleet_size", "pack_price_mad_kwh"]
KPI_COLUMNS = ["v2g_kwh", "v2g_bill_mad", "v2g_stored_mad", "v2g_wear_mad", "v2g_net_mad", "v2g_spread_mad_kwh"]
TARIFF_NAMES = {"bt_bi_horaire": "BT bi-horaire", "mt_general": "MT général", "bt_patente": "BT patenté"}
SEASON_BY_START = {"2026-12-14T00:00": "winter", "2026-07-13T00:00": "summer"}
PACK_PRICE_MAD_KWH = 990
"""What a pack costs, as README.md says; the largest of the sweep."""
CHEAPER_PACK_PRICES_MAD_KWH = (300, 500)


def read_results() -> pd.DataFrame:
    """Return the committed results, a row per run, with what the page derives of them."""
    runs = pd.read_csv(RESULTS)
    saved = runs["v2g_bill_mad"] + runs["v2g_stored_mad"]
    used = runs["v2g_wear_mad"].where(runs["v2g_kwh"] > 0.0)
    return runs.assign(
        season=runs["start"].map(SEASON_BY_START),
        saved_mad=saved,
        per_vehicle_mad=runs["v2g_net_mad"] / runs["fleet_size"],
        breakeven_pack_mad_kwh=runs["pack_price_mad_kwh"] * saved / used,
        worth=runs["v2g_net_mad"] > 0.0,
    )


def write_results(rows: pd.DataFrame) -> None:
    """Write what the study needs of the data set of its sweep, which must hold all of it."""
    runs = list_sweep_runs(read_sweep(SWEEP.read_bytes()))
    wanted = [tuple(getattr(run.scenario, name) for name in INPUT_COLUMNS) for run in runs]
    done = rows[rows["error"].isna()].set_index(INPUT_COLUMNS)
    missing = set(wanted) - set(done.index)
    if missing:
        raise ValueError(f"{len(missing)} of {len(wanted)} runs of {SWEEP.name} are missing or failed")
    kept = done[KPI_COLUMNS].reindex(pd.MultiIndex.from_tuples(wanted, names=INPUT_COLUMNS)).reset_index()
    kept.to_csv(RESULTS, index=False, float_format="%.8g", lineterminator="\n")


def render_verdict_table(runs: pd.DataFrame) -> str:
    """Return by tariff and pack price in how many runs V2G is worth it, and what it brings."""
    rows = [
        {
            "Tariff": TARIFF_NAMES[str(tariff)],
            "Pack price [MAD/kWh]": f"{price:.0f}",
            "V2G worth it": f"{group['worth'].sum()} of {len(group)} runs",
            "Best [MAD per vehicle and week]": _format_mad(group["per_vehicle_mad"].max()),
            "Median": _format_mad(group["per_vehicle_mad"].median()),
            "Worst": _format_mad(group["per_vehicle_mad"].min()),
        }
        for (tariff, price), group in runs.groupby(["tariff", "pack_price_mad_kwh"])
    ]
    return format_markdown(sorted(rows, key=lambda row: list(TARIFF_NAMES.values()).index(row["Tariff"])))


def render_breakeven_table(runs: pd.DataFrame) -> str:
    """Return the pack price below which V2G is worth it, by tariff and strategy, over all other inputs."""
    rows = [
        {
            "Strategy": STRATEGIES[strategy].name,
            **{
                name: _format_range(select_runs(runs, tariff=key, strategy=strategy))
                for key, name in TARIFF_NAMES.items()
            },
        }
        for strategy in sorted(set(runs["strategy"]))
    ]
    return format_markdown(rows)


def render_size_table(runs: pd.DataFrame) -> str:
    """Return what V2G brings by fleet size and bidirectional share, under BT bi-horaire today."""
    today = select_runs(runs, tariff="bt_bi_horaire", pack_price_mad_kwh=PACK_PRICE_MAD_KWH)
    rows = [
        {
            "Vehicles": f"{size:,}",
            "Bidirectional EVSEs": f"{share:.0%}".replace("%", " %"),
            "Given back [kWh per vehicle and week]": f"{(group['v2g_kwh'] / group['fleet_size']).mean():.2f}",
            "Net [MAD per vehicle and week]": _format_mad(group["per_vehicle_mad"].mean()),
            "Net [MAD per kWh given back]": _format_mad(group["v2g_net_mad"].sum() / group["v2g_kwh"].sum()),
        }
        for (size, share), group in today.groupby(["fleet_size", "bidirectional_share"])
    ]
    return format_markdown(rows)


def render_per_kwh_table(runs: pd.DataFrame) -> str:
    """Return what a kWh given back saves and costs, by tariff, over all runs at today's pack price."""
    rows = []
    for key, name in TARIFF_NAMES.items():
        sums = select_runs(runs, tariff=key, pack_price_mad_kwh=PACK_PRICE_MAD_KWH).sum(numeric_only=True)
        rows.append(
            {
                "Tariff": name,
                "Highest less lowest price": _format_mad(select_runs(runs, tariff=key)["v2g_spread_mad_kwh"].max()),
                "Saved on the bill": _format_mad(sums["v2g_bill_mad"] / sums["v2g_kwh"]),
                "Left in the batteries": _format_mad(sums["v2g_stored_mad"] / sums["v2g_kwh"]),
                "Wear": _format_mad(-sums["v2g_wear_mad"] / sums["v2g_kwh"]),
                "Net": _format_mad(sums["v2g_net_mad"] / sums["v2g_kwh"]),
            }
        )
    return format_markdown(rows)


def format_conclusion(runs: pd.DataFrame) -> str:
    """Return the answer in the numbers that carry it."""
    today = select_runs(runs, pack_price_mad_kwh=PACK_PRICE_MAD_KWH)
    counted = f"**{today['worth'].sum()} of {len(today)}** runs"
    lines = [f"At the pack price of today, {PACK_PRICE_MAD_KWH} MAD/kWh, V2G is worth it in {counted}.", ""]
    for key, name in TARIFF_NAMES.items():
        of_tariff = select_runs(runs, tariff=key)
        best = of_tariff["breakeven_pack_mad_kwh"].max()
        limit = f"never with a pack above **{best:.0f} MAD/kWh**" if best > 0.0 else "at no pack price at all"
        counts = map(_make_counter(of_tariff), CHEAPER_PACK_PRICES_MAD_KWH)
        lines.append(f"- **{name}**: worth it in {' and in '.join(counts)}; {limit}.")
    return "\n".join(lines) + "\n"


def _make_counter(runs: pd.DataFrame) -> Callable[[int], str]:
    def at(price: int) -> str:
        of_price = select_runs(runs, pack_price_mad_kwh=price)
        return f"{of_price['worth'].sum()} of {len(of_price)} runs at {price} MAD/kWh"

    return at


def select_runs(runs: pd.DataFrame, **inputs: object) -> pd.DataFrame:
    """Return the runs with these inputs."""
    for name, value in inputs.items():
        runs = runs[runs[name] == value]
    return runs


def _format_range(runs: pd.DataFrame) -> str:
    prices = runs["breakeven_pack_mad_kwh"].dropna()
    if prices.empty:
        return "V2G not called"
    return f"{prices.min():.0f} to {prices.max():.0f}" if prices.max() > 0.0 else "none"


def _format_mad(value: float) -> str:
    return f"{value:+.2f}"
