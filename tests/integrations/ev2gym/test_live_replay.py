"""Live EV2Gym 2.0.0, if installed: it runs our arrivals, and the energies agree."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench import ev2gym_reference
from ev2gym_dashboard import Scenario, simulate
from ev2gym_dashboard.integrations.ev2gym import sessions_from_replay, write_ev2gym_replay

pytestmark = [
    pytest.mark.skipif(
        bool(ev2gym_reference.explain_unavailable()), reason=ev2gym_reference.explain_unavailable() or "-"
    ),
    # EV2Gym does not close its configuration.
    pytest.mark.filterwarnings("ignore:unclosed file", "ignore::pytest.PytestUnraisableExceptionWarning"),
]
SITES = (
    {"place": "work", "start": "2022-01-17T05:00", "evse_per_vehicle": 0.8},
    {"place": "home", "start": "2022-01-17T12:00", "evse_per_vehicle": 1.0},
)


@pytest.mark.parametrize("site", SITES)
def test_both_simulators_run_the_same_arrivals(site: dict[str, Any], tmp_path: Path) -> None:
    scenario = Scenario(fleet_size=40, days=1.5, strategy="uncontrolled", v2g=False, limit_kw_per_vehicle=100.0, **site)
    ours = simulate(scenario, trace=True)
    with ev2gym_reference._stub_modules(ev2gym_reference.find_ev2gym_folder()):
        paths = write_ev2gym_replay(ours, tmp_path)
        env, stats = run_replay(*paths)
    assert ours.sessions is not None
    stays = ours.sessions[ours.sessions["evse"].notna()]
    assert env.total_evs_spawned == len(stays)
    assert stats["total_ev_served"] == (~stays["is_open"]).sum()
    # EV2Gym books the energy at the battery, and rounds it up in each step.
    battery_kwh = (stays["g2v_kwh"] - stays["charge_loss_kwh"]).sum()
    assert stats["total_energy_charged"] == pytest.approx(battery_kwh, rel=0.02)
    with paths[1].open("rb") as file:
        back = sessions_from_replay(pickle.load(file))
    assert len(back) == len(stays)


def run_replay(config: Path, replay: Path) -> tuple[Any, dict[str, Any]]:
    from ev2gym.baselines.heuristics import ChargeAsFastAsPossibleToDesiredCapacity  # noqa: PLC0415
    from ev2gym.models.ev2gym_env import EV2Gym  # noqa: PLC0415

    env = EV2Gym(config_file=str(config), load_from_replay_path=str(replay), seed=0)
    agent, done, stats = ChargeAsFastAsPossibleToDesiredCapacity(), False, {}
    while not done:
        with np.errstate(all="ignore"):
            _, _, done, _, stats = env.step(agent.get_action(env))
    return env, stats
