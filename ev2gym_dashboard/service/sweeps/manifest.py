"""Manifest of a data set: which sweeps wrote it, with their plan, code, data files and times."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ev2gym_dashboard.service.runtime.atomic_file import replace_file
from ev2gym_dashboard.service.simulation.backend import get_kernel_name
from ev2gym_dashboard.service.simulation.provenance import compute_fingerprint, hash_data_files, read_versions
from ev2gym_dashboard.service.sweeps.plan import Sweep, describe_value

# Readers of Parquet folders pass over names that begin with an underscore.
MANIFEST_FILE_NAME = "_manifest.json"


@dataclass(frozen=True)
class SweepSummary:
    """Counts of the runs of a sweep: all, those already in the data set, those that failed now, rows set aside."""

    n_runs: int
    n_existing: int
    n_failed: int
    n_set_aside: int = 0


def read_manifest(folder: Path) -> list[dict[str, Any]]:
    """Read the sweeps that wrote into a folder, the latest last; an empty list without a manifest."""
    path = folder / MANIFEST_FILE_NAME
    sweeps: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["sweeps"] if path.exists() else []
    return sweeps


def start_manifest_entry(folder: Path, sweep: Sweep, n_runs: int) -> dict[str, Any]:
    """Write that a sweep has begun, and return its entry."""
    entry = {
        "started": _format_now(),
        "ended": None,
        "code_sha256": compute_fingerprint(),
        "versions": read_versions(),
        "kernel": get_kernel_name(),
        "data_sha256": hash_data_files(),
        "files_sha256": sweep.files,
        "plan": describe_plan(sweep),
        "runs": n_runs,
    }
    _write_manifest(folder, [*read_manifest(folder), entry])
    return entry


def end_manifest_entry(folder: Path, entry: Mapping[str, Any], summary: SweepSummary) -> None:
    """Write that the latest sweep has ended, and its counts."""
    counts = {"existing": summary.n_existing, "failed": summary.n_failed, "set_aside": summary.n_set_aside}
    _write_manifest(folder, [*read_manifest(folder)[:-1], {**entry, "ended": _format_now(), **counts}])


def describe_plan(sweep: Sweep) -> dict[str, Any]:
    """Return a sweep as JSON values: files by their paths, other content by its hash."""
    lists = {"grid": sweep.grid, "sample": sweep.ranges}
    return {
        "sites": sweep.sites,
        "base": {name: describe_value(name, value) for name, value in sweep.base.items()},
        **{
            section: {name: [describe_value(name, value) for value in values] for name, values in table.items()}
            for section, table in lists.items()
        },
        "n": sweep.n_samples,
        "seed": sweep.sample_seed,
        "method": sweep.method,
    }


def _format_now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _write_manifest(folder: Path, sweeps: list[dict[str, Any]]) -> None:
    text = json.dumps({"sweeps": sweeps}, indent=2, ensure_ascii=False) + "\n"
    with replace_file(folder / MANIFEST_FILE_NAME) as unfinished:
        unfinished.write_text(text, encoding="utf-8")
