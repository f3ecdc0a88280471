"""All benchmarks in one run, and the table of their goals: ``python -m bench``, which is ``make bench``.

Each piece runs in a process of its own, so that none inherits the memory or the caches of another.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.chargax_reference import measure_chargax
from bench.goals import list_unmeasured, make_goal_rows
from bench.record import describe_machine, format_table, write_record

PIECES = ("engine", "gym", "sweep", "optimum", "tick", "load", "opening", "browser")
RECORD_FOLDER = Path(".cache")


def run_pieces(pieces: Sequence[str], folder: Path, *, quick: bool) -> dict[str, Any]:
    """Run pieces one after the other; return the records of all in one."""
    record: dict[str, Any] = {}
    for piece in pieces:
        path = folder / f"bench-{piece}.json"
        command = [sys.executable, "-m", f"bench.{piece}", "--json", str(path), *(["--quick"] if quick else [])]
        print(f"# bench.{piece}", flush=True)
        subprocess.run(command, check=True)
        record |= json.loads(path.read_text(encoding="utf-8"))
    return record


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the pieces, print the table of goals, and write everything as JSON."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--pieces", nargs="+", choices=PIECES, default=PIECES, help="pieces to run")
    parser.add_argument("--quick", action="store_true", help="smoke test: every piece with small inputs")
    parser.add_argument("--chargax", type=Path, metavar="FOLDER", help="checkout of Chargax to measure beside")
    parser.add_argument(
        "--chargax-python", default="python3", metavar="PYTHON", help="interpreter that has its packages"
    )
    parser.add_argument("--folder", type=Path, default=RECORD_FOLDER, help="folder for the records")
    options = parser.parse_args(arguments)
    # Before the work, so that the load is that of other processes.
    machine = describe_machine()
    record = run_pieces(options.pieces, options.folder, quick=options.quick) | {"machine": machine}
    chargax = measure_chargax(options.chargax, options.chargax_python, quick=options.quick)
    record["chargax"] = asdict(chargax)
    rows = make_goal_rows(record)
    print("# goals", format_table(rows), sep="\n\n")
    notes = [chargax.reason, *(f"not measured in this run: {work}" for work in list_unmeasured(rows))]
    print(*filter(None, notes), sep="\n")
    write_record(record, options.folder / "bench.json")


if __name__ == "__main__":
    main()
