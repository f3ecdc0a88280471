"""``sweep``: many runs out of one file, into one data set."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tqdm import tqdm

from ev2gym_dashboard.cli.say import EXIT_FAILURE, exit_with_error
from ev2gym_dashboard.core.schema import Issue, Quantity, ValidationError
from ev2gym_dashboard.service.execution.dask_cluster import SchedulerLost, connect_scheduler, make_cluster_pool
from ev2gym_dashboard.service.execution.pool import Pool
from ev2gym_dashboard.service.execution.process_pool import make_process_pool
from ev2gym_dashboard.service.sweeps.runner import SweepProgress, SweepSummary, run_sweep
from ev2gym_dashboard.service.sweeps.toml_file import read_sweep

SWEEP_PROCESS_COUNT = Quantity(os.cpu_count() or 1, "", 1, 1024, "Processes")

SWEEP_DESCRIPTION = """\
Run every combination of a grid, or random samples, or both, into a Parquet data set with a row per run: its inputs,
its figures (savings against the counterfactuals and the value of V2G included), its error if it failed. The same
command resumes a sweep that was stopped. An example of FILE.toml:

  [base]                          # what all runs share; any field of a scenario
  start = "2026-12-14T00:00"
  days = 7
  fleet_size = 1000

  [grid]                          # every combination of these
  tariff = ["bt_bi_horaire", "mt_general"]
  strategy = ["grid_support", "price"]
  v2g = [true, false]
  seed = [0, 1, 2]
  price.v2g_min_soc = [0.5, 0.65] # a parameter of a strategy counts for its runs alone

  [sample]                        # for each of n draws
  n = 20
  seed = 1
  bidirectional_share = [0.0, 1.0]
  pack_price_mad_kwh = [300, 1300]

A first line "sites = 100" splits each run into as many independent sites, which run side by side. The data set is
read by pandas.read_parquet("DIR").
"""
SWEEP_EPILOG = (
    "It ends with 0 if all runs are done, with 1 if some failed or it was stopped, with 2 if it was asked wrongly."
)


def add_sweep(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    sweep = commands.add_parser(
        "sweep",
        help="run many scenarios out of a file into a data set",
        description=SWEEP_DESCRIPTION,
        epilog=SWEEP_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    sweep.add_argument("file", metavar="FILE.toml", type=Path, help="what to run")
    sweep.add_argument("--out", metavar="DIR", type=Path, required=True, help="folder of the data set; made if missing")
    sweep.add_argument(
        "--workers", metavar="N", help=f"processes of this machine (default {SWEEP_PROCESS_COUNT.default}: its cores)"
    )
    sweep.add_argument(
        "--scheduler", metavar="ADDRESS", help="use the workers of this dask.distributed scheduler, tcp://host:8786 say"
    )
    sweep.set_defaults(run=_sweep)


def _sweep(options: argparse.Namespace) -> None:
    try:
        sweep = read_sweep(_read_content(options.file))
        with _open_pool(options.workers, options.scheduler) as pool:
            done = _run_with_bar(lambda progress: run_sweep(sweep, options.out, pool=pool, progress=progress))
    except ValidationError as wrong:
        exit_with_error("\n".join(map(str, wrong.issues)))
    except OSError as error:
        exit_with_error(f"--out: must be a folder that can be written, not {options.out} ({error.strerror})")
    except SchedulerLost:
        exit_with_error("The scheduler is gone; the same command goes on from here.", EXIT_FAILURE)
    except KeyboardInterrupt:
        exit_with_error("Stopped; the same command goes on from here.", EXIT_FAILURE)
    print(_format_summary(done, options.out))
    sys.exit(EXIT_FAILURE if done.n_failed else 0)


def _read_content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        exit_with_error(
            f"{file} cannot be read ({error.strerror}); name a TOML file, as ev2gym-dashboard sweep --help shows."
        )


@contextmanager
def _open_pool(workers: str | None, scheduler: str | None) -> Iterator[Pool]:
    """Give the pool that the options ask for."""
    if scheduler is None:
        yield make_process_pool(_parse_process_count(workers))
        return
    if workers is not None:
        raise ValidationError([Issue("--workers", "must not be given with --scheduler, which has its own")])
    with connect_scheduler(scheduler) as client:
        # What it would tell of a lost scheduler in a traceback, the command tells in a sentence.
        logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
        yield make_cluster_pool(client)


def _parse_process_count(text: str | None) -> int:
    number: Any = text if text is None or not text.strip().isdecimal() else int(text)
    issues = [] if text is None else SWEEP_PROCESS_COUNT.check("--workers", number)
    if issues:
        raise ValidationError(issues)
    return int(SWEEP_PROCESS_COUNT.default if text is None else number)


def _run_with_bar(run: Callable[[SweepProgress], SweepSummary]) -> SweepSummary:
    """Run with a bar on a terminal, with none in a pipe."""
    with tqdm(total=0, unit="run", disable=None) as bar:
        return run(SweepProgress(bar.reset, bar.update))


def _format_summary(done: SweepSummary, folder: Path) -> str:
    new = done.n_runs - done.n_existing
    failed = f"; {done.n_failed} failed, their column error tells why" if done.n_failed else ""
    return f"{done.n_runs} runs: {new} new, {done.n_existing} there already{failed}. They are in {folder}."
