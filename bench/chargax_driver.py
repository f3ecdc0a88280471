"""Driver of Chargax, which runs in its own interpreter with JAX: ``python chargax_driver.py [--quick]`` prints JSON.

Every port charges at full power all day, with the arrivals and prices that Chargax has by default, in steps of 15 min.
The steps of a run are one compiled call, `jax.lax.scan`; the best of several rounds counts, without the compilation.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from typing import Any

ROUNDS = 3
MINUTES = 15
VOLTAGE_V, CURRENT_A = 230.0, 32.0
WORKS = {"advance_25": (1, 25, 960), "gym_256x25": (256, 25, 960), "gym_16x1024": (16, 1024, 192)}
"""Sites, ports of each and steps, by the row of the table; the values are steps of one site per second."""
PORT_WORKS = {"day_million": (1, 1_000_000, 96)}
"""The same, where the values are port-steps per second."""


def main() -> None:
    """Print the values by the rows of the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    values = {}
    for key, (sites, ports, steps) in (WORKS | PORT_WORKS).items():
        n_sites, n_ports, n_steps = (min(sites, 2), min(ports, 25), min(steps, 24)) if quick else (sites, ports, steps)
        seconds = time_steps(n_sites, n_ports, n_steps)
        values[key] = n_sites * n_steps * (n_ports if key in PORT_WORKS else 1) / seconds
    print(json.dumps(values))


def time_steps(n_sites: int, n_ports: int, n_steps: int) -> float:
    """Return the time of some steps of sites side by side [s]."""
    import jax  # type: ignore[import-not-found]  # noqa: PLC0415 (of another environment)

    run = jax.jit(make_run(n_sites, n_ports, n_steps))
    keys = jax.random.split(jax.random.PRNGKey(0), n_sites)
    jax.block_until_ready(run(keys))
    return min(_time_call(lambda: jax.block_until_ready(run(keys))) for _ in range(ROUNDS))


def make_run(n_sites: int, n_ports: int, n_steps: int) -> Callable[[Any], Any]:
    """Return the function that runs the sites from their random keys, (sites,), and returns their profits."""
    import jax  # noqa: PLC0415 (of another environment)
    import jax.numpy as jnp  # type: ignore[import-not-found]  # noqa: PLC0415
    from chargax import EVSE, Chargax, ChargingStation  # type: ignore[import-not-found]  # noqa: PLC0415

    evse = EVSE(num_chargers=n_ports, voltage=VOLTAGE_V, max_current=CURRENT_A, efficiency=1.0)
    limit_kw = n_ports * VOLTAGE_V * CURRENT_A / 1000.0
    station = ChargingStation(max_kw_throughput=limit_kw, efficiency=1.0, connections=[evse])
    env = Chargax(station=station, minutes_per_timestep=MINUTES, default_data_kwargs={"average_cars_per_day": n_ports})
    # Levels count from full discharging to full charging.
    level = 2 * env.num_discretization_levels
    key = jax.random.PRNGKey(0)
    actions = jax.tree.map(
        lambda space: jnp.full_like(space.sample(key), level),
        env.action_space,
        is_leaf=lambda node: hasattr(node, "sample"),
    )

    def run_site(key: Any) -> Any:
        state = env.reset_env(key)[1]

        def step(carry: Any, _: None) -> Any:
            state, key = carry
            key, step_key = jax.random.split(key)
            timestep, state = env.step_env(step_key, state, actions)
            return (state, key), timestep.reward

        (state, _), rewards = jax.lax.scan(step, (state, key), None, length=n_steps)
        return state.profit, rewards.sum()

    return jax.vmap(run_site) if n_sites > 1 else lambda keys: run_site(keys[0])


def _time_call(function: Callable[[], Any]) -> float:
    start_s = time.perf_counter()
    function()
    return time.perf_counter() - start_s


if __name__ == "__main__":
    main()
