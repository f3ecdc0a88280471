"""Samples of a sweep: points of the unit cube, drawn at random, by Latin hypercube or by Sobol's sequence."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ev2gym_dashboard.core.arrays import Floats

Draw = Callable[[int, int, np.random.Generator], Floats]


def draw_shares(method: str, n_samples: int, n_fields: int, *, seed: int) -> Floats:
    """Return points of the unit cube.

    Parameters
    ----------
    method : key of `METHODS`
    n_samples, n_fields : number of points, and of their coordinates
    seed : the same seed draws the same points

    Returns
    -------
    (n_samples, n_fields) shares, 0 <= share < 1
    """
    if n_fields == 0:
        return np.zeros((n_samples, 0))
    shares = METHODS[method](n_samples, n_fields, np.random.default_rng(seed))
    # The end of a range belongs to the options below it.
    return np.minimum(shares, np.nextafter(1.0, 0.0))


def is_balanced(method: str, n_samples: int) -> bool:
    """Return whether a method covers the cube evenly with so many points: Sobol's sequence needs a power of two."""
    return method != "sobol" or n_samples & (n_samples - 1) == 0


def _draw_random(n_samples: int, n_fields: int, rng: np.random.Generator) -> Floats:
    # One table of draws: the first samples do not change when their number grows.
    return rng.random((n_samples, n_fields))


def _draw_latin_hypercube(n_samples: int, n_fields: int, rng: np.random.Generator) -> Floats:
    # SciPy's statistics take a second to import, which other sweeps need not wait for.
    from scipy.stats import qmc  # noqa: PLC0415

    shares: Floats = qmc.LatinHypercube(n_fields, rng=rng).random(n_samples)
    return shares


def _draw_sobol(n_samples: int, n_fields: int, rng: np.random.Generator) -> Floats:
    from scipy.stats import qmc  # noqa: PLC0415

    shares: Floats = qmc.Sobol(n_fields, scramble=True, rng=rng).random_base2(n_samples.bit_length() - 1)
    return shares


METHODS: dict[str, Draw] = {
    "random": _draw_random,
    "latin_hypercube": _draw_latin_hypercube,
    "sobol": _draw_sobol,
}
"""How the samples of a sweep are drawn, by the name in a sweep file."""
DEFAULT_METHOD = "random"
