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

from ev2gym_dashboard.cli.say import FAILED, fail
from ev2gym_dashboard.core.schema import Invalid, Issue, Quantity
from ev2gym_dashboard.service.execution.dask_cluster import ClusterLost, connect, on_cluster
from ev2gym_dashboard.service.execution.process_pool import Pool, in_processes
from ev2gym_dashboard.service.sweeps.runner import Done, Progress, run_sweep
from ev2gym_dashboard.service.sweeps.toml_file import read_sweep

WORKERS = Quantity(os.cpu_count() or 1, "", 1, 1024, "Processes")

DESCRIPTION = """\
Run every combination of a grid, or random samples, or both, into a Parquet data set with a row per run: its inputs,
its figures (with what it saves against its shadows, and what V2G is worth), its error if it failed. The same command
goes on where it was stopped. An example of FILE.toml:

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
EPILOG = "It ends with 0 if all runs are done, with 1 if some failed or it was stopped, with 2 if it was asked wrongly."


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    sweep = commands.add_parser(
        "sweep",
        help="run many scenarios out of a file into a data set",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    sweep.add_argument("file", metavar="FILE.toml", type=Path, help="what to run")
    sweep.add_argument("--out", metavar="DIR", type=Path, required=True, help="folder of the data set; made if missing")
    sweep.add_argument(
        "--workers", metavar="N", help=f"processes of this machine (default {WORKERS.default}: its cores)"
    )
    sweep.add_argument(
        "--scheduler", metavar="ADDRESS", help="use the workers of this dask.distributed scheduler, tcp://host:8786 say"
    )
    sweep.set_defaults(run=_sweep)


def _sweep(options: argparse.Namespace) -> None:
    try:
        sweep = read_sweep(_content(options.file))
        with _pool(options.workers, options.scheduler) as pool:
            done = _with_bar(lambda progress: run_sweep(sweep, options.out, pool=pool, progress=progress))
    except Invalid as wrong:
        fail("\n".join(map(str, wrong.issues)))
    except OSError as error:
        fail(f"--out: must be a folder that can be written, not {options.out} ({error.strerror})")
    except ClusterLost:
        fail("The scheduler is gone; the same command goes on from here.", FAILED)
    except KeyboardInterrupt:
        fail("Stopped; the same command goes on from here.", FAILED)
    print(_summary(done, options.out))
    sys.exit(FAILED if done.n_failed else 0)


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        fail(f"{file} cannot be read ({error.strerror}); name a TOML file, as ev2gym-dashboard sweep --help shows.")


@contextmanager
def _pool(workers: str | None, scheduler: str | None) -> Iterator[Pool]:
    """Give the pool that the options ask for."""
    if scheduler is None:
        yield in_processes(_workers(workers))
        return
    if workers is not None:
        raise Invalid([Issue("--workers", "must not be given with --scheduler, which has its own")])
    with connect(scheduler) as client:
        # What it would tell of a lost scheduler in a traceback, the command tells in a sentence.
        logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
        yield on_cluster(client)


def _workers(text: str | None) -> int:
    number: Any = text if text is None or not text.strip().isdecimal() else int(text)
    issues = [] if text is None else WORKERS.check("--workers", number)
    if issues:
        raise Invalid(issues)
    return int(WORKERS.default if text is None else number)


def _with_bar(run: Callable[[Progress], Done]) -> Done:
    """Run with a bar on a terminal, with none in a pipe."""
    with tqdm(total=0, unit="run", disable=None) as bar:
        return run(Progress(bar.reset, bar.update))


def _summary(done: Done, folder: Path) -> str:
    new = done.n_runs - done.n_found
    failed = f"; {done.n_failed} failed, their column error tells why" if done.n_failed else ""
    return f"{done.n_runs} runs: {new} new, {done.n_found} there already{failed}. They are in {folder}."
