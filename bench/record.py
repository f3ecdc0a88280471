"""Records of benchmarks: description of the machine, text tables, JSON."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

REPORTED_PACKAGES = ("dash", "ev2gym", "gymnasium", "numba", "numpy", "plotly")
CPUINFO = Path("/proc/cpuinfo")


def describe_machine() -> dict[str, Any]:
    """Describe the machine, its load and the versions of the packages; None for a missing package."""
    hardware = {
        "python": platform.python_version(),
        "architecture": platform.machine(),
        "cpu": read_cpu_model(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "system": platform.system(),
    }
    return hardware | {name: find_version(name) for name in REPORTED_PACKAGES}


def read_cpu_model() -> str:
    """Read the name of the processor."""
    lines = CPUINFO.read_text(encoding="utf-8").splitlines() if CPUINFO.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def find_version(package: str) -> str | None:
    """Return the version of an installed package, or None."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def format_table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Format rows with the same columns as a text table."""
    cells = [list(rows[0]), *([_format_cell(value) for value in row.values()] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ("  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in cells)
    return "\n".join(lines)


def format_markdown(rows: Sequence[Mapping[str, str]]) -> str:
    """Format rows with the same columns as a Markdown table, numbers aligned to the right."""
    lines: Iterable[Iterable[str]] = [list(rows[0]), ["---"] + ["---:"] * (len(rows[0]) - 1)]
    lines = [*lines, *(row.values() for row in rows)]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def write_record(record: Mapping[str, Any], path: Path | None) -> None:
    """Write a record as JSON, if a file is named."""
    if path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


def _format_cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        return f"{value:,}"
    return str(value or "-")
