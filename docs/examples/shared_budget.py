"""Shared budget: one number per hour, the load up to which the site charges; the example of docs/gymnasium.md.

It needs Gymnasium and NumPy alone; `ppo.py` trains an agent with it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from ev2gym_dashboard import Scenario, Simulation
from ev2gym_dashboard.gym import FleetVectorEnv

Values = NDArray[Any]

SITE: dict[str, Any] = {
    "fleet_size": 25,
    "days": 1,
    "tariff": "mt_general",
    "subscribed_kva": 30.0,
    "base_load_kw_per_vehicle": 0.5,
    "pv_kwp_per_vehicle": 0.0,
    "v2g": False,
}
"""A car park of 25 vehicles whose subscription is a third of what its connection carries."""
EXCESS_MAD_PER_KVA = 512.62 * 1.5 / 365
"""What a kVA above the subscription costs in a day: ONEE's yearly price, times ``excess_price_factor``."""
STORED_MAD_PER_KWH = 1.12
"""What a charged kWh spares at the end: its purchase at the lowest price and its wear, see ``owed_mad`` of ``info``."""
N_ENTRIES, N_ADDED = 6, 6
N_CONNECTED, MISSING_KWH, HOURS_LEFT_H, CHARGE_KW = 0, 2, 3, 4
"""Entries per EVSE of the observation, see docs/gymnasium.md."""
MAX_OBSERVED = np.float32(1e6)


class BudgetFleets:
    """Fleets in vector form, under an action of one number, with a reward that names the cause of each cost.

    The number, from -1 to 1, is the load of the site up to which vehicles charge in an hour, from 0 to what the
    connection carries. Those come first that need the largest share of their time; those at their target wait. In place
    of numbers per EVSE, the agent observes six of the site: vehicles plugged in, the energy that they miss, their rated
    power, the power that serves them in time, the peak so far, which is paid for already, and the room below it.

    Parameters
    ----------
    n_fleets : number of fleets
    settings : those of `FleetVectorEnv` but ``action``
    """

    def __init__(self, n_fleets: int, **settings: Any) -> None:
        self.fleets = FleetVectorEnv(n_fleets, action="evse", **settings)
        scenario, names = self.fleets.scenario, self.fleets.names
        self.n_evses = len(self.fleets.slot_names)
        self.n_site = len(names) - N_ENTRIES * self.n_evses
        self.price, self.base_load = names.index("price_mad_kwh"), names.index("base_load_kw")
        self.first_ahead = names.index("price_in_1_h_mad_kwh")
        self.limit_kw, self.subscribed_kw = scenario.limit_kw, float(scenario.subscribed_kva) * scenario.power_factor
        self.timestep_h, self.steps_per_action = scenario.timestep_h, 60 // scenario.timestep_min
        lows, highs = (bound[: self.n_site] for bound in self.fleets.batch.bounds)
        most = np.full(N_ADDED, MAX_OBSERVED)
        self.observation_space = spaces.Box(np.append(lows, -most), np.append(highs, most), dtype=np.float32)
        self.action_space = spaces.Box(-1.0, 1.0, (1,), np.float32)

    def reset(self, seeds: Any = None) -> Values:
        """Restart all fleets; return their observations."""
        self.seen, _ = self.fleets.reset(seed=seeds)
        self.peak_kw = np.full(self.fleets.num_envs, self.subscribed_kw)
        return self._observe()

    def step(self, actions: Values) -> tuple[Values, Values, Values, bool]:
        """Run an hour under one budget; return observations, rewards for learning, costs [MAD], whether it is over."""
        learned, costs_mad, is_over = np.zeros(self.fleets.num_envs), np.zeros(self.fleets.num_envs), False
        for _ in range(self.steps_per_action):
            reward, cost_mad, is_over = self._step_once(actions)
            learned, costs_mad = learned + reward, costs_mad + cost_mad
        return self._observe(), learned, costs_mad, is_over

    def _step_once(self, actions: Values) -> tuple[Values, Values, bool]:
        prices_mad_kwh = self.seen[:, self.price]
        self.seen, rewards, _, truncated, info = self.fleets.step(self.share_budget(actions))
        rise_kw = np.maximum(info["net_load_kw"] - self.peak_kw, 0.0)
        self.peak_kw = self.peak_kw + rise_kw
        # The bill of the base load is left out: no action changes it. A higher peak costs at once, for all of the day.
        charged_kwh = info["net_power_kw"] * self.timestep_h
        learned = (
            (STORED_MAD_PER_KWH - prices_mad_kwh) * charged_kwh
            - EXCESS_MAD_PER_KVA * rise_kw
            - info["wear_mad"]
            - info["unserved_mad"]
        )
        return learned, -rewards, bool(truncated.all())

    def share_budget(self, actions: Values) -> Values:
        """Return the share of its rated power for each EVSE, (fleets, evses)."""
        budget_kw = (np.clip(actions[:, 0], -1.0, 1.0) + 1.0) / 2.0 * self.limit_kw
        room_kw = np.maximum(budget_kw - self.seen[:, self.base_load], 0.0)
        # An EVSE without a vehicle in need gets 0: one that plugs in as the step begins waits until it is seen.
        rated_kw = np.where(self._get_slots(MISSING_KWH) > 0.0, self._get_slots(CHARGE_KW), 0.0)
        order = np.argsort(-self._compute_urgency(), axis=1, kind="stable")
        sorted_kw = np.take_along_axis(rated_kw, order, axis=1)
        before_kw = np.cumsum(sorted_kw, axis=1) - sorted_kw
        given_kw = np.clip(room_kw[:, None] - before_kw, 0.0, sorted_kw)
        shares = np.zeros(rated_kw.shape, np.float32)
        np.put_along_axis(shares, order, (given_kw / np.maximum(sorted_kw, 1e-6)).astype(np.float32), axis=1)
        limited: Values = np.minimum(shares, 1.0)
        return limited

    def _compute_urgency(self) -> Values:
        """Return the share of its time for which each vehicle has to charge, (fleets, evses)."""
        possible_kwh = self._get_slots(CHARGE_KW) * self._get_slots(HOURS_LEFT_H)
        urgency: Values = self._get_slots(MISSING_KWH) / np.maximum(possible_kwh, 1e-6)
        return urgency

    def _get_slots(self, entry: int) -> Values:
        first = self.n_site + entry * self.n_evses
        return self.seen[:, first : first + self.n_evses]

    def _observe(self) -> Values:
        needed_kw = self._compute_urgency() * self._get_slots(CHARGE_KW)
        sums = [
            values.sum(axis=1) for values in (*map(self._get_slots, (N_CONNECTED, MISSING_KWH, CHARGE_KW)), needed_kw)
        ]
        room_kw = self.peak_kw - self.seen[:, self.base_load]
        return np.column_stack([self.seen[:, : self.n_site], *sums, self.peak_kw, room_kw]).astype(np.float32)


def run_agent(fleets: BudgetFleets, act: Callable[[Values], Values], seeds: Sequence[int]) -> Values:
    """Return the cost of the day of each seed under an agent, (seeds,) [MAD]: the `total_mad` of the runs."""
    seen, total_mad, is_over = fleets.reset(list(seeds)), np.zeros(len(seeds)), False
    while not is_over:
        seen, _, costs_mad, is_over = fleets.step(act(seen))
        total_mad = total_mad + costs_mad
    return total_mad


def run_rule(strategy: str, seeds: Sequence[int], **settings: Any) -> Values:
    """Return the cost of the day of each seed under a strategy, (seeds,) [MAD]."""
    costs_mad = []
    for seed in seeds:
        run = Simulation(Scenario(strategy=strategy, seed=seed, **{**SITE, **settings}))
        run.advance(run.scenario.n_steps)
        costs_mad.append(run.kpis["total_mad"])
    return np.array(costs_mad)
