"""The page about EV2Gym: its recipe is the only list of packages, and its examples run, the last where EV2Gym is."""

from __future__ import annotations

import re
import sys
import warnings
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from bench.ev2gym_reference import EV2GYM_IMPORTS, EV2GYM_VERSION

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "ev2gym.md").read_text(encoding="utf-8")
RECIPE = re.findall(r"`pip install ([^`]+)`", PAGE.split("## Install EV2Gym\n")[1].split("\n## ")[0])
REQUIREMENTS = [Requirement(text.strip('"')) for line in RECIPE for text in line.replace("--no-deps ", "").split()]
EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
NEEDS_EV2GYM = "from ev2gym."


def explain_missing() -> str:
    """Return which packages of the recipe are not there; empty if all are."""
    missing = [str(requirement) for requirement in REQUIREMENTS if not is_installed(requirement)]
    return f"the recipe of docs/ev2gym.md is not installed, without {', '.join(missing)}" if missing else ""


def is_installed(requirement: Requirement) -> bool:
    try:
        return requirement.specifier.contains(version(requirement.name), prereleases=True)
    except PackageNotFoundError:
        return False


def test_the_recipe_has_the_version_of_the_reference_and_every_import_of_it() -> None:
    first, *others = RECIPE
    assert first == f"--no-deps ev2gym=={EV2GYM_VERSION}"
    assert all("--no-deps" not in line for line in others)
    names = {requirement.name for requirement in REQUIREMENTS}
    # PyYAML comes with the extra.
    assert {"pyyaml" if name == "yaml" else name for name in EV2GYM_IMPORTS} - {"pyyaml"} <= names
    (extra,) = (requirement for requirement in REQUIREMENTS if requirement.name == "ev2gym-dashboard")
    assert extra.extras == {"ev2gym"}
    assert "ev2gym = [" in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_the_packages_of_the_recipe_are_named_nowhere_else() -> None:
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
    others = [page.name for page in pages if page.name != "ev2gym.md" and "pandapower" in page.read_text("utf-8")]
    assert others == []


def run_examples(codes: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.chdir(folder)
    names: dict[str, Any] = {}
    for code in codes:
        exec(code, names)
    return names


def test_the_examples_without_ev2gym_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    codes = [code for code in EXAMPLES if NEEDS_EV2GYM not in code]
    assert len(codes) == len(EXAMPLES) - 1
    run_examples(codes, tmp_path, monkeypatch)
    assert capsys.readouterr().out.split() == ["config.yaml", "True"]
    assert sorted(path.name for path in (tmp_path / "for_ev2gym").iterdir()) == [
        "config.yaml",
        "ev_specs.json",
        "topology.json",
    ]


@pytest.mark.skipif(bool(explain_missing()), reason=explain_missing() or "-")
@pytest.mark.filterwarnings("ignore:unclosed file", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_all_examples_run_with_the_packages_of_the_recipe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Other tests replace the modules of the power flow: here it is the installed one that is imported.
    for name in [name for name in sys.modules if name.split(".")[0] in ("ev2gym", "pandapower", "multicopula")]:
        monkeypatch.delitem(sys.modules, name)
    with warnings.catch_warnings():
        # EV2Gym's own, of old interfaces of its packages.
        warnings.simplefilter("ignore")
        names = run_examples(EXAMPLES, tmp_path, monkeypatch)
    assert names["done"]
    charged_kwh, discharged_kwh = map(float, capsys.readouterr().out.split()[-2:])
    assert charged_kwh > 0.0
    assert discharged_kwh >= 0.0
