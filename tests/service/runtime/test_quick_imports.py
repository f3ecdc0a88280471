"""Quick imports: the collector rests and goes on, and a package prepared for some modules is whole on request."""

from __future__ import annotations

import gc
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from ev2gym_dashboard.service.runtime.quick_imports import pause_collector, prepare_package

WHOLE_AND_PART = """
from ev2gym_dashboard.service.scenarios.solar_library import irradiance
import sys
print("pvlib.modelchain" in sys.modules)
import pvlib
print(pvlib.irradiance is irradiance, pvlib.__version__ > "0", pvlib.location.Location.__name__)
"""


def test_the_collector_rests_while_modules_are_imported_and_goes_on() -> None:
    with pause_collector():
        assert not gc.isenabled()
        with pause_collector():
            pass
        assert not gc.isenabled(), "the inner import started it again"
    assert gc.isenabled()


def test_a_failed_import_leaves_the_collector_on() -> None:
    with pytest.raises(ImportError), pause_collector():
        raise ImportError
    assert gc.isenabled()


def test_pvlib_is_imported_in_part_and_is_whole_for_who_asks_for_more() -> None:
    command = [sys.executable, "-c", WHOLE_AND_PART]
    root = Path(__file__).parents[3]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("False\nTrue True Location\n", "")


def test_a_package_that_is_there_stays_as_it_is() -> None:
    before = sys.modules["json"] = __import__("json")
    prepare_package("json", needed=())
    assert sys.modules["json"] is before


def test_an_unknown_name_of_a_prepared_package_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "toy_package").mkdir()
    (tmp_path / "toy_package" / "__init__.py").write_text("from toy_package import large\nsize = 7\n")
    (tmp_path / "toy_package" / "large.py").write_text("")
    (tmp_path / "toy_package" / "small.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    prepare_package("toy_package", needed=("small",))
    import_module("toy_package.small")
    assert "toy_package.large" not in sys.modules
    package = sys.modules["toy_package"]
    assert package.size == 7
    assert "toy_package.large" in sys.modules
    with pytest.raises(AttributeError, match="nothing"):
        package.nothing  # noqa: B018
