"""Hash of the results of `simulate` over strategies, places, tariffs and step lengths: equal hashes mean equal bits.

Run ``python -m tools.hash_runs`` before and after a change that must not change results.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import astuple
from itertools import product

import pandas as pd

from ev2gym_dashboard import Result, Scenario, simulate
from ev2gym_dashboard.strategies import STRATEGIES

PLACES = ("home", "public", "work")
TARIFFS = ("bt_bi_horaire", "mt_general", "flat")
TIMESTEPS_MIN = (5, 15, 60)
LIMITS_KW = (3.5, 1.5)
"""Power of the connection per vehicle; the lower one is binding."""


def list_scenarios() -> Iterator[Scenario]:
    """Yield the scenarios: every combination, and a few with an event, a large block and other seeds."""
    for strategy, place, tariff, minutes, limit in product(
        STRATEGIES.built_in, PLACES, TARIFFS, TIMESTEPS_MIN, LIMITS_KW
    ):
        yield Scenario(
            strategy=strategy, place=place, tariff=tariff, timestep_min=minutes, limit_kw_per_vehicle=limit,
            fleet_size=137, days=1.25, pv_kwp_per_vehicle=2.0,
        )  # fmt: skip
    for strategy, entry in STRATEGIES.built_in.items():
        # More than two blocks of the engine, so that the order of the sums over blocks counts; not of a plan, which
        # would take minutes and is made once for all blocks.
        if not entry.plans:
            yield Scenario(strategy=strategy, fleet_size=70_000, days=0.5, seed=3)
        yield Scenario(strategy=strategy, fleet_size=300, days=2.0, event_start="2026-12-15T19:00", event_reduction=0.5)


def hash_result(result: Result) -> bytes:
    """Return the digest of the series, the models, the KPIs, the ledger and the bill of a run."""
    digest = hashlib.sha256()
    for frame in (result.series, result.models):
        digest.update(pd.util.hash_pandas_object(frame).to_numpy().tobytes())
    # `repr` of a float is exact: it round-trips to the same bits.
    for values in (result.kpis, result.ledger):
        digest.update(repr(sorted(values.items())).encode())
    digest.update(repr([astuple(line) for line in result.bill]).encode())
    return digest.digest()


def hash_runs(scenarios: Iterable[Scenario]) -> str:
    """Return the number of runs and the hash over all of them, as a line of text."""
    digest, count = hashlib.sha256(), 0
    for scenario in scenarios:
        digest.update(hash_result(simulate(scenario)))
        count += 1
    return f"{count} runs: {digest.hexdigest()}"


def main() -> None:
    """Print the number of runs and the hash over all of them."""
    print(hash_runs(list_scenarios()))


if __name__ == "__main__":
    main()
