"""What a comparison gives: figures per contestant and seed, their means, intervals and differences, and load curves."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.comparison.statistics import (
    HIGHER_IS_BETTER,
    LOWER_IS_BETTER,
    NEITHER_IS_BETTER,
    compute_ci95_half_width,
    find_best,
    find_pareto_front,
)


@dataclass(frozen=True)
class ComparisonKpi:
    """A column of the comparison: its label (a msgid), its unit, and whether small or large is better."""

    label: str
    unit: str
    better: str


COMPARISON_KPIS: dict[str, ComparisonKpi] = {
    "cost_mad": ComparisonKpi("Bill", "MAD", LOWER_IS_BETTER),
    "v2g_net_mad": ComparisonKpi("Net value of V2G", "MAD", HIGHER_IS_BETTER),
    "site_peak_kw": ComparisonKpi("Peak at the meter", "kW", LOWER_IS_BETTER),
    "peak_kw": ComparisonKpi("Peak of the fleet", "kW", LOWER_IS_BETTER),
    "co2_kg": ComparisonKpi("CO2", "kg", LOWER_IS_BETTER),
    "wear_mad": ComparisonKpi("Battery wear", "MAD", LOWER_IS_BETTER),
    "import_kwh": ComparisonKpi("Imported", "kWh", LOWER_IS_BETTER),
    "export_kwh": ComparisonKpi("Exported", "kWh", NEITHER_IS_BETTER),
    "g2v_kwh": ComparisonKpi("G2V", "kWh", NEITHER_IS_BETTER),
    "v2g_kwh": ComparisonKpi("V2G", "kWh", NEITHER_IS_BETTER),
    "loss_kwh": ComparisonKpi("Losses", "kWh", LOWER_IS_BETTER),
    "unserved_kwh": ComparisonKpi("Unserved", "kWh", LOWER_IS_BETTER),
    "n_departures": ComparisonKpi("Departures", "", NEITHER_IS_BETTER),
    "share_at_target": ComparisonKpi("Departures at target", "", HIGHER_IS_BETTER),
}
"""The figures of a comparison, by the names that they have among the figures of a `Result`."""

ROUNDING_SHARE = 1e-9
"""Differences below this share of a figure are rounding."""
TRADE_OFF_KPIS = ("cost_mad", "site_peak_kw")
"""The figures whose Pareto set is drawn."""


@dataclass(frozen=True)
class Variant:
    """One that is compared: a label, and the scenario that it runs, whose seed gives way to those of the comparison."""

    label: str
    scenario: Scenario

    @property
    def strategy(self) -> str:
        return self.scenario.strategy

    @property
    def v2g(self) -> bool:
        return self.scenario.v2g


@dataclass(frozen=True, eq=False)
class Comparison:
    """What a comparison gave.

    Parameters
    ----------
    asked : the scenarios that were asked for
    contestants : in the order of the rows
    seeds : on which all of them ran
    figures : (contestants, seeds, figures), by the names and in the order of `FIGURES`
    baseline : the same of `uncontrolled` in each contestant's place: same fleet, site, arrivals and seed
    times : UTC times of the points of the load curves
    net_load_kw : load at the meter under the first seed, (contestants, points); a point is the mean of some steps
    """

    asked: tuple[Scenario, ...]
    contestants: tuple[Variant, ...]
    seeds: tuple[int, ...]
    figures: Floats
    baseline: Floats
    times: pd.DatetimeIndex
    net_load_kw: Floats

    @property
    def labels(self) -> list[str]:
        return [contestant.label for contestant in self.contestants]

    @property
    def mean(self) -> pd.DataFrame:
        """Mean of each figure over the seeds, a row per contestant."""
        return self._frame(self.figures.mean(axis=1))

    @property
    def interval(self) -> pd.DataFrame:
        """Half the 95 % interval of each mean; NaN for one seed."""
        return self._frame(compute_ci95_half_width(self.figures))

    @property
    def difference(self) -> pd.DataFrame:
        """Mean of each figure less that of `uncontrolled` on the same arrivals and seed."""
        return self._frame((self.figures - self.baseline).mean(axis=1))

    @property
    def difference_interval(self) -> pd.DataFrame:
        """Half the 95 % interval of each difference, seed by seed; NaN for one seed."""
        return self._frame(compute_ci95_half_width(self.figures - self.baseline))

    @property
    def certain(self) -> pd.DataFrame:
        """Whether the 95 % interval of a difference excludes 0; of one seed nothing is certain."""
        scale = self.mean.abs().max() * ROUNDING_SHARE
        return self.difference.abs() - self.difference_interval > scale

    @property
    def best(self) -> dict[str, list[str]]:
        """Labels of the best of each figure, by the mean."""
        mean = self.mean
        return {
            name: [self.labels[k] for k in find_best(mean[name].to_numpy(), figure.better)]
            for name, figure in COMPARISON_KPIS.items()
        }

    @property
    def pareto(self) -> list[str]:
        """Labels of those that no other one beats in the bill without a higher peak, or the other way round."""
        return [self.labels[k] for k in find_pareto_front(self.mean[list(TRADE_OFF_KPIS)].to_numpy())]

    @property
    def table(self) -> pd.DataFrame:
        """A row per contestant: its strategy, and each figure with its interval, its difference and the latter's."""
        who = pd.DataFrame(
            {"strategy": [c.strategy for c in self.contestants], "v2g": [c.v2g for c in self.contestants]},
            index=self._index,
        )
        parts = {
            "": self.mean,
            "_ci95": self.interval,
            "_vs_uncontrolled": self.difference,
            "_vs_uncontrolled_ci95": self.difference_interval,
        }
        columns = {f"{name}{suffix}": part[name] for name in COMPARISON_KPIS for suffix, part in parts.items()}
        return who.assign(**columns, pareto=[label in self.pareto for label in self.labels])

    @property
    def runs(self) -> pd.DataFrame:
        """A row per contestant and seed, with its figures."""
        index = pd.MultiIndex.from_product([self.labels, self.seeds], names=["contestant", "seed"])
        return pd.DataFrame(self.figures.reshape(len(index), -1), index=index, columns=list(COMPARISON_KPIS))

    @property
    def load(self) -> pd.DataFrame:
        """The load curves under the first seed [kW], a column per contestant."""
        return pd.DataFrame(self.net_load_kw.T, index=self.times, columns=self.labels)

    @property
    def _index(self) -> pd.Index:
        return pd.Index(self.labels, name="contestant")

    def _frame(self, values: Floats) -> pd.DataFrame:
        return pd.DataFrame(values, index=self._index, columns=list(COMPARISON_KPIS))

    def _repr_html_(self) -> str:
        return str(self.mean.style.format(precision=2).to_html())
