"""The fingerprint of a result covers all code that computes it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import ev2gym_dashboard
from ev2gym_dashboard import Scenario, strategy
from ev2gym_dashboard.service.sessions.run_spec import RunSpec, compute_snapshot_keys
from ev2gym_dashboard.service.simulation import provenance
from ev2gym_dashboard.service.simulation.provenance import HASHED_FOLDERS
from tests.strategies.plugins import restore_strategies

PACKAGE = Path(ev2gym_dashboard.__file__).parent
IMPORT = re.compile(r"^\s*(?:from|import) ev2gym_dashboard(?: import |\.)(\w+)", re.MULTILINE)


def test_the_fingerprint_covers_every_folder_that_a_run_imports() -> None:
    files = [path for folder in HASHED_FOLDERS for path in (PACKAGE / folder).rglob("*.py")]
    imported = {name for path in files for name in IMPORT.findall(path.read_text())}
    assert {name for name in imported if (PACKAGE / name).is_dir()} == set(HASHED_FOLDERS)


def test_the_environment_names_the_plug_ins_of_now_and_snapshots_the_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    run = RunSpec(Scenario())
    before, keys = provenance.describe_environment(), compute_snapshot_keys(run)
    with restore_strategies():
        strategy(rule="Charges at once.")(charge_at_once)
        assert provenance.describe_environment() != before
    # A server that has shown a plug-in, and lost it, puts the jobs that its workers compute.
    assert provenance.describe_environment() == before
    monkeypatch.setattr(provenance, "get_kernel_name", lambda: "another kernel")
    assert compute_snapshot_keys(run) != keys


def test_an_update_of_the_files_shows(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert provenance.has_code_on_disk()
    (tmp_path / "tariffs.json").write_text("{}", encoding="utf-8")
    monkeypatch.setattr(provenance, "list_data_files", lambda: [tmp_path / "tariffs.json"])
    assert not provenance.has_code_on_disk()
    (tmp_path / "tariffs.json").unlink()
    # Listed, and gone before it is read.
    assert not provenance.has_code_on_disk()


def charge_at_once(view: Any, params: Any) -> Any:
    """Charge at once."""
    return view.charge_to_soc(view.target_soc)
