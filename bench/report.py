"""How a benchmark reports: the machine, tables of text, JSON."""

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
    """Return what the figures depend on: asked before, it shows by the load whether others use the machine.

    A package that is not installed has no version.
    """
    about = {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "cpu": read_cpu_model(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "system": platform.system(),
    }
    return about | {name: find_version(name) for name in REPORTED_PACKAGES}


def read_cpu_model() -> str:
    """Return the name of the processor, where the system tells it."""
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
    """Return rows of the same columns as a table of text."""
    cells = [list(rows[0]), *([_format_cell(value) for value in row.values()] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ("  ".join(c.rjust(width) for c, width in zip(line, widths, strict=True)) for line in cells)
    return "\n".join(lines)


def format_markdown(rows: Sequence[Mapping[str, str]]) -> str:
    """Return rows of the same columns as a Markdown table, numbers to the right."""
    lines: Iterable[Iterable[str]] = [list(rows[0]), ["---"] + ["---:"] * (len(rows[0]) - 1)]
    lines = [*lines, *(row.values() for row in rows)]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def write_record(record: Mapping[str, Any], path: Path | None) -> None:
    """Write a record as JSON, if a file is named."""
    if path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _format_cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        return f"{value:,}"
    return str(value or "-")
