"""Command ``sweep``: run the scenarios of a file into a data set."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tqdm import tqdm

from ev2gym_dashboard.cli.options import add_strategy_file_option
from ev2gym_dashboard.cli.output import EXIT_FAILURE, exit_with_error
from ev2gym_dashboard.core.schema import Issue, Quantity, ValidationError
from ev2gym_dashboard.service.execution.dask_cluster import SchedulerLost, open_cluster_pool
from ev2gym_dashboard.service.execution.pool_interface import Pool
from ev2gym_dashboard.service.execution.process_pool import make_process_pool
from ev2gym_dashboard.service.sweeps.manifest import SweepSummary
from ev2gym_dashboard.service.sweeps.runner import SweepProgress, run_sweep
from ev2gym_dashboard.service.sweeps.toml_file import read_sweep

SWEEP_PROCESS_COUNT = Quantity(os.cpu_count() or 1, "", 1, 1024, "Processes")

SWEEP_DESCRIPTION = """\
Run every combination of a grid, random samples, or both, into a Parquet data set with a row per run: inputs, KPIs
(including savings against the counterfactuals and the value of V2G), and the error of a failed run. Running the same
command again resumes an interrupted sweep. Example of FILE.toml:

  [base]                          # values of all runs; any field of a scenario
  start = "2026-12-14T00:00"
  days = 7
  fleet_size = 1000

  [grid]                          # every combination of these
  tariff = ["bt_bi_horaire", "mt_general"]
  strategy = ["grid_support", "price"]
  v2g = [true, false]
  seed = [0, 1, 2]
  price.v2g_min_soc = [0.5, 0.65] # parameters apply to the runs of their strategy only

  [sample]                        # n random draws from these ranges
  n = 20
  seed = 1
  method = "random"               # or "latin_hypercube", or "sobol" (n a power of two)
  bidirectional_share = [0.0, 1.0]
  pack_price_mad_kwh = [300, 1300]

Files are values as well, relative to FILE.toml: tariff = ["mt_general", "mine.toml"], catalog, load, prices, co2.
A first line "sites = 100" splits each run into 100 independent sites, which run in parallel. Read the data set with
pandas.read_parquet("DIR").
"""
SWEEP_EPILOG = (
    "Exit codes: 0: all runs are done; 1: runtime failure: a run failed, or the sweep was interrupted; 2: usage error."
)


def add_sweep(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    sweep = commands.add_parser(
        "sweep",
        help="run the scenarios of a file into a data set",
        description=SWEEP_DESCRIPTION,
        epilog=SWEEP_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    sweep.add_argument("file", metavar="FILE.toml", type=Path, help="sweep file")
    sweep.add_argument("--out", metavar="DIR", type=Path, required=True, help="folder of the data set")
    sweep.add_argument(
        "--workers",
        metavar="N",
        help=f"worker processes (default {SWEEP_PROCESS_COUNT.default}, one per core)",
    )
    sweep.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="run on the workers of this dask.distributed scheduler, such as tcp://host:8786",
    )
    add_strategy_file_option(sweep)
    sweep.set_defaults(run=_sweep)


def _sweep(options: argparse.Namespace) -> None:
    try:
        notes: list[Issue] = []
        sweep = read_sweep(_read_content(options.file), folder=options.file.parent, notes=notes)
        for note in dict.fromkeys(notes):
            print(f"note: {note}", file=sys.stderr)
        _require_folder(options.out)
        with _open_pool(options.workers, options.scheduler) as pool:
            summary = _run_with_bar(lambda progress: run_sweep(sweep, options.out, pool=pool, progress=progress))
    except ValidationError as error:
        exit_with_error("\n".join(map(str, error.issues)))
    except OSError as error:
        text = f"{options.out} cannot be written ({error.strerror}); run the same command again to resume."
        exit_with_error(text, EXIT_FAILURE)
    except SchedulerLost:
        exit_with_error("The connection to the scheduler was lost; run the same command again to resume.", EXIT_FAILURE)
    except KeyboardInterrupt:
        exit_with_error("Interrupted; run the same command again to resume.", EXIT_FAILURE)
    print(_format_summary(summary, options.out))
    sys.exit(EXIT_FAILURE if summary.n_failed else 0)


def _read_content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        exit_with_error(f"{file} cannot be read ({error.strerror}); see ev2gym-dashboard sweep --help for an example.")


def _require_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        exit_with_error(f"--out: must be a writable folder, not {folder} ({error.strerror})")


@contextmanager
def _open_pool(workers: str | None, scheduler: str | None) -> Iterator[Pool]:
    """Open the pool of the options."""
    if scheduler is None:
        yield make_process_pool(_parse_process_count(workers))
        return
    if workers is not None:
        raise ValidationError([Issue("--workers", "must not be given with --scheduler, which has its own")])
    with open_cluster_pool(scheduler) as pool:
        yield pool


def _parse_process_count(text: str | None) -> int:
    # Text that is not a number stays text, which the check then reports.
    number: Any = text if text is None or not text.strip().isdecimal() else int(text)
    issues = [] if text is None else SWEEP_PROCESS_COUNT.check("--workers", number)
    if issues:
        raise ValidationError(issues)
    return int(SWEEP_PROCESS_COUNT.default if text is None else number)


def _run_with_bar(run: Callable[[SweepProgress], SweepSummary]) -> SweepSummary:
    # disable=None shows the bar on a terminal only.
    with tqdm(total=0, unit="run", disable=None) as bar:
        return run(SweepProgress(bar.reset, bar.update))


def _format_summary(summary: SweepSummary, folder: Path) -> str:
    n_new = summary.n_runs - summary.n_existing
    failures = f"; {summary.n_failed} failed (see column error)" if summary.n_failed else ""
    other = f" {summary.n_set_aside} rows of other code or data were set aside." if summary.n_set_aside else ""
    return f"{summary.n_runs} runs: {n_new} new, {summary.n_existing} existing{failures}.{other} Data set: {folder}."
