"""Samples of a sweep: each method covers the ranges as it promises, and the same seed draws the same."""

from __future__ import annotations

import numpy as np
import pytest

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.service.sweeps.plan import list_sweep_runs
from ev2gym_dashboard.service.sweeps.samples import METHODS, draw_shares
from ev2gym_dashboard.service.sweeps.toml_file import read_sweep

TEXT = """
[sample]
n = {n}
seed = {seed}
method = "{method}"
bidirectional_share = [0.0, 1.0]
fleet_size = [10, 17]
strategy = ["price", "renewable"]
"""


def count_strata(shares: Floats) -> list[int]:
    """Return in how many of n equal intervals the n points of each coordinate lie."""
    return [len(set((column * len(shares)).astype(int))) for column in shares.T]


def list_draws(method: str, *, n: int = 8, seed: int = 3) -> list[tuple[float, int, str]]:
    runs = list_sweep_runs(read_sweep(TEXT.format(method=method, n=n, seed=seed).encode()))
    return [(run.scenario.bidirectional_share, run.scenario.fleet_size, run.scenario.strategy) for run in runs]


@pytest.mark.parametrize("method", METHODS)
def test_points_lie_in_the_cube_and_depend_on_the_seed_alone(method: str) -> None:
    shares = draw_shares(method, 32, 3, seed=1)
    assert shares.shape == (32, 3)
    assert ((shares >= 0.0) & (shares < 1.0)).all()
    assert (shares == draw_shares(method, 32, 3, seed=1)).all()
    assert (shares != draw_shares(method, 32, 3, seed=2)).any()


@pytest.mark.parametrize("method", ["latin_hypercube", "sobol"])
@pytest.mark.parametrize("seed", range(5))
def test_a_stratified_method_has_a_point_in_every_interval(method: str, seed: int) -> None:
    assert count_strata(draw_shares(method, 64, 4, seed=seed)) == [64] * 4
    assert max(count_strata(draw_shares("random", 64, 4, seed=seed))) < 64


def test_sobol_covers_pairs_of_fields_evenly() -> None:
    cells = np.floor(draw_shares("sobol", 16, 2, seed=0) * 4).astype(int)
    assert len({tuple(cell) for cell in cells.tolist()}) == 16


@pytest.mark.parametrize("method", ["random", "sobol"])
def test_the_first_samples_stay_when_their_number_grows(method: str) -> None:
    assert (draw_shares(method, 8, 3, seed=5) == draw_shares(method, 16, 3, seed=5)[:8]).all()


@pytest.mark.parametrize("method", METHODS)
def test_a_sweep_draws_by_its_method(method: str) -> None:
    draws = list_draws(method)
    assert len(draws) == 8
    assert draws == list_draws(method) != list_draws(method, seed=4)
    assert {size for _, size, _ in draws} <= set(range(10, 18))


def test_integers_of_a_latin_hypercube_are_drawn_equally_often() -> None:
    assert sorted(size for _, size, _ in list_draws("latin_hypercube")) == list(range(10, 18))


@pytest.mark.parametrize(
    ("method", "n", "sentence"),
    [
        ("sobol", 20, "sample.n: must be a power of two with the method sobol, such as 32, not 20"),
        ("halton", 8, "sample.method: must be one of random, latin_hypercube, sobol, not halton"),
    ],
)
def test_a_method_that_does_not_fit_is_an_issue(method: str, n: int, sentence: str) -> None:
    with pytest.raises(ValidationError) as error:
        read_sweep(TEXT.format(method=method, n=n, seed=0).encode())
    assert [str(issue) for issue in error.value.issues] == [sentence]
