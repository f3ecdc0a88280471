"""Result of a comparison: KPIs by variant and seed, their means, intervals and differences, and load curves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.kpis import KPIS, Kpi
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.comparison.statistics import compute_ci95_half_width, find_best, find_pareto_front

COMPARISON_KPIS: dict[str, Kpi] = {name: kpi for name, kpi in KPIS.items() if kpi.compared}
"""Columns of a comparison."""

ROUNDING_SHARE = 1e-9
"""Share of a KPI below which a difference is rounding."""
TRADE_OFF_KPIS = ("cost_mad", "site_peak_kw")
"""Axes of the trade-off and of its Pareto front."""


@dataclass(frozen=True)
class Variant:
    """Label and scenario of a row of a comparison; the comparison's seeds replace the scenario's."""

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
    """KPIs and load curves of all variants.

    Parameters
    ----------
    scenarios : those that were requested
    variants : in the order of the rows
    seeds : common to all variants
    kpi_values : (variants, seeds, KPIs), in the order of `COMPARISON_KPIS`
    baseline_values : the same of the baseline strategy on the fleet, site, arrivals and seed of each variant
    times : UTC times of the points of the load curves
    net_load_kw : load at the meter under the first seed, (variants, points); a point is the mean of several steps
    """

    scenarios: tuple[Scenario, ...]
    variants: tuple[Variant, ...]
    seeds: tuple[int, ...]
    kpi_values: Floats
    baseline_values: Floats
    times: pd.DatetimeIndex
    net_load_kw: Floats

    @property
    def labels(self) -> list[str]:
        return [variant.label for variant in self.variants]

    @property
    def mean(self) -> pd.DataFrame:
        """Mean of each KPI over the seeds, a row per variant."""
        return self._make_frame(self.kpi_values.mean(axis=1))

    @property
    def interval(self) -> pd.DataFrame:
        """Half the 95 % interval of each mean; NaN for one seed."""
        return self._make_frame(compute_ci95_half_width(self.kpi_values))

    @property
    def difference(self) -> pd.DataFrame:
        """Mean difference of each KPI to the baseline on the same arrivals and seed."""
        return self._make_frame((self.kpi_values - self.baseline_values).mean(axis=1))

    @property
    def difference_interval(self) -> pd.DataFrame:
        """Half the 95 % interval of each difference, paired by seed; NaN for one seed."""
        return self._make_frame(compute_ci95_half_width(self.kpi_values - self.baseline_values))

    @property
    def significant(self) -> pd.DataFrame:
        """Whether the 95 % interval of a difference excludes 0; always false for one seed."""
        # NaN compares as false, which makes the interval of one seed insignificant.
        scale = self.mean.abs().max() * ROUNDING_SHARE
        return self.difference.abs() - self.difference_interval > scale

    @property
    def co2_varies(self) -> bool:
        """Whether the CO2 factor depends on the time in every scenario."""
        return all(scenario.co2_varies for scenario in self.scenarios)

    @property
    def better(self) -> dict[str, str]:
        """Direction that is better by KPI, as declared, under the CO2 factor of the scenarios."""
        return {name: kpi.choose_better(co2_varies=self.co2_varies) for name, kpi in COMPARISON_KPIS.items()}

    @property
    def best(self) -> dict[str, list[str]]:
        """Labels of the best variants by KPI, by the mean."""
        mean = self.mean
        return {
            name: [self.labels[k] for k in find_best(mean[name].to_numpy(), better)]
            for name, better in self.better.items()
        }

    @property
    def certain_best(self) -> dict[str, list[str]]:
        """The best variants of which every other one differs by more than its 95 % interval; of one seed, the best."""
        return {name: labels if self._is_certain(name, labels) else [] for name, labels in self.best.items()}

    def _is_certain(self, name: str, best: list[str]) -> bool:
        if len(self.seeds) < 2 or not best:
            return True
        values = self.kpi_values[..., list(COMPARISON_KPIS).index(name)]
        is_other = np.array([label not in best for label in self.labels])
        difference = values[is_other] - values[self.labels.index(best[0])]
        return bool((np.abs(difference.mean(axis=1)) > compute_ci95_half_width(difference)).all())

    @property
    def pareto(self) -> list[str]:
        """Labels of the variants on the Pareto front of bill and peak."""
        return [self.labels[k] for k in find_pareto_front(self.mean[list(TRADE_OFF_KPIS)].to_numpy())]

    @property
    def table(self) -> pd.DataFrame:
        """A row per variant: strategy, V2G switch, and each KPI with its interval, its difference and that interval."""
        identity = pd.DataFrame(
            {"strategy": [v.strategy for v in self.variants], "v2g": [v.v2g for v in self.variants]}, index=self._index
        )
        statistics = {
            "": self.mean,
            "_ci95": self.interval,
            "_vs_uncontrolled": self.difference,
            "_vs_uncontrolled_ci95": self.difference_interval,
        }
        columns = {f"{name}{suffix}": frame[name] for name in COMPARISON_KPIS for suffix, frame in statistics.items()}
        return identity.assign(**columns, pareto=[label in self.pareto for label in self.labels])

    @property
    def runs(self) -> pd.DataFrame:
        """A row per variant and seed, with its KPIs."""
        index = pd.MultiIndex.from_product([self.labels, self.seeds], names=["variant", "seed"])
        return pd.DataFrame(self.kpi_values.reshape(len(index), -1), index=index, columns=list(COMPARISON_KPIS))

    @property
    def load(self) -> pd.DataFrame:
        """Load curves under the first seed [kW], a column per variant."""
        return pd.DataFrame(self.net_load_kw.T, index=self.times, columns=self.labels)

    @property
    def _index(self) -> pd.Index:
        return pd.Index(self.labels, name="variant")

    def _make_frame(self, values: Floats) -> pd.DataFrame:
        return pd.DataFrame(values, index=self._index, columns=list(COMPARISON_KPIS))

    def _repr_html_(self) -> str:
        return str(self.mean.style.format(precision=2).to_html())
