"""Environment variables: each one is in a table, and every wrong value has a sentence."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import ev2gym_dashboard
from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.service.runtime.environment import check_shared_variables
from ev2gym_dashboard.service.runtime.settings import (
    list_unknown_variables,
    list_variables,
    read_server_settings,
)
from ev2gym_dashboard.service.simulation.backend import choose_kernel

PACKAGE = Path(ev2gym_dashboard.__file__).parent


def test_every_variable_that_the_package_reads_is_in_the_tables() -> None:
    sources = (path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py"))
    names = {name for source in sources for name in re.findall(r'"(EV2GYM_DASHBOARD_[A-Z_]*[A-Z])"', source)}
    assert names
    assert names - list_variables().keys() == set()


def test_all_issues_of_the_environment_are_told_at_once(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"")
    environment = {
        "EV2GYM_DASHBOARD_KERNEL": "nunpy",
        "EV2GYM_DASHBOARD_DATA": str(file / "data"),
        "EV2GYM_DASHBOARD_KERNEL_CACHE": str(file),
        "EV2GYM_DASHBOARD_JOBS": str(file),
        "EV2GYM_DASHBOARD_MQTT": "user",
        "EV2GYM_DASHBOARD_PORT": "http",
    }
    with pytest.raises(ValidationError) as caught:
        read_server_settings(environment)
    assert sorted(issue.field for issue in caught.value.issues) == sorted(environment)
    kernel = next(str(issue) for issue in caught.value.issues if issue.field == "EV2GYM_DASHBOARD_KERNEL")
    assert kernel == "EV2GYM_DASHBOARD_KERNEL: must be one of numba, numpy, not nunpy; did you mean numpy?"


def test_empty_variables_and_folders_that_are_still_to_be_made_are_no_issue(tmp_path: Path) -> None:
    new = str(tmp_path / "new")
    folders = {"EV2GYM_DASHBOARD_KERNEL_CACHE": new, "EV2GYM_DASHBOARD_JOBS": new}
    assert check_shared_variables({"EV2GYM_DASHBOARD_KERNEL": "", "EV2GYM_DASHBOARD_DATA": ""} | folders) == []


def test_an_unknown_variable_of_the_package_is_told_with_the_likely_one() -> None:
    environment = {"EV2GYM_DASHBOARD_KERNAL": "numpy", "EV2GYM_DASHBOARD_PORT": "1", "EV2GYM_OTHER": "1"}
    assert list(map(str, list_unknown_variables(environment))) == [
        "EV2GYM_DASHBOARD_KERNAL: is unknown; did you mean EV2GYM_DASHBOARD_KERNEL?"
    ]


def test_no_other_kernel_is_used_than_the_one_that_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EV2GYM_DASHBOARD_KERNEL", "foo")
    with pytest.raises(ValidationError, match="EV2GYM_DASHBOARD_KERNEL: must be one of numba, numpy, not foo"):
        choose_kernel.__wrapped__()
