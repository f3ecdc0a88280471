"""Wheel: it contains its data, assets and translations, and runs without the checkout."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = "ev2gym_dashboard"
USE_WHEEL = """
import ev2gym_dashboard
from ev2gym_dashboard import Scenario, simulate
from ev2gym_dashboard.service.datasets.paths import find_data_folder
from ev2gym_dashboard.web.wsgi import server
client = server.test_client()
print(ev2gym_dashboard.__file__)
print(find_data_folder())
print(simulate(Scenario(fleet_size=10, days=0.25)).kpis["g2v_kwh"] >= 0)
print(client.get("/").status_code, {name: client.get("/assets/" + name).status_code for name in ASSETS})
"""


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True, timeout=120)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "unpacked")
    return folder / "unpacked"


def test_wheel_and_source_archive_are_the_same_bytes_when_built_again(tmp_path: Path) -> None:
    build = "import sys; from hatchling import build; build.build_wheel(sys.argv[1]); build.build_sdist(sys.argv[1])"
    digests = []
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        subprocess.run([sys.executable, "-c", build, str(tmp_path / name)], cwd=ROOT, check=True, timeout=120)
        files = sorted((tmp_path / name).iterdir())
        digests.append({file.name: sha256(file.read_bytes()).hexdigest() for file in files})
    assert digests[0] == digests[1]
    assert [file.suffix for file in files] == [".whl", ".gz"]


def list_tracked_files(folder: str) -> list[str]:
    files = subprocess.run(["git", "ls-files", folder], cwd=ROOT, check=True, capture_output=True, text=True)
    return files.stdout.splitlines()


@pytest.mark.parametrize("folder", ["data", "assets"])
def test_every_data_file_and_asset_is_in_the_wheel(unpacked: Path, folder: str) -> None:
    files = list_tracked_files(folder)
    assert files
    assert [name for name in files if not (unpacked / PACKAGE / name).is_file()] == []


def test_every_file_of_the_package_is_in_the_wheel(unpacked: Path) -> None:
    assert [name for name in list_tracked_files(PACKAGE) if not (unpacked / name).is_file()] == []


def test_a_documentation_site_in_the_package_is_in_the_wheel(tmp_path: Path) -> None:
    for name in (".gitignore", "LICENSE", "README.md", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    for folder in ("assets", "data"):
        (tmp_path / folder).mkdir()
    (tmp_path / PACKAGE / "site" / "fr").mkdir(parents=True)
    for name in ("__init__.py", "site/index.html", "site/fr/guide.html"):
        (tmp_path / PACKAGE / name).touch()
    build = "from hatchling.build import build_wheel; print(build_wheel('dist'))"
    done = subprocess.run([sys.executable, "-c", build], cwd=tmp_path, check=True, capture_output=True, timeout=120)
    with zipfile.ZipFile(tmp_path / "dist" / done.stdout.decode().split()[-1]) as archive:
        assert {f"{PACKAGE}/site/index.html", f"{PACKAGE}/site/fr/guide.html"} <= set(archive.namelist())


def test_an_installed_wheel_runs_on_its_own_data_and_assets(unpacked: Path, tmp_path: Path) -> None:
    names = [name.removeprefix("assets/") for name in list_tracked_files("assets") if name.endswith((".css", ".js"))]
    command = [sys.executable, "-P", "-c", f"ASSETS = {names!r}\n{USE_WHEEL}"]
    # Elsewhere than in the checkout, the kernels would be compiled again.
    environment = {"PYTHONPATH": str(unpacked), "EV2GYM_DASHBOARD_KERNEL": "numpy"}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    module, data, ran, pages = done.stdout.splitlines()
    assert Path(module).is_relative_to(unpacked)
    assert Path(data) == unpacked / PACKAGE / "data"
    assert ran == "True"
    assert names
    assert pages == f"200 {dict.fromkeys(names, 200)}"
