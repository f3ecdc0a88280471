"""The container files: linters accept them, and their steps run as far as this is possible without a daemon."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from bench.services import find_free_port
from ev2gym_dashboard.service.runtime.environment import SHARED_VARIABLES
from ev2gym_dashboard.service.runtime.settings import VARIABLE_PREFIX, ServerSettings, format_variable_name
from tests.cli.test_server import SERVE, run_server
from tests.docs.test_deploy import require_programs, run_nginx
from tools.upkeep import read_lock

ROOT = Path(__file__).parents[2]
DOCKERFILE, COMPOSE = ROOT / "Dockerfile", ROOT / "compose.yaml"
PROXY = ROOT / "docs" / "deploy" / "nginx-compose.conf"
SCRIPTS = Path(sys.executable).parent


def list_steps(name: str) -> list[str]:
    """Return the arguments of each instruction of a name, with its continued lines as one."""
    text = DOCKERFILE.read_text(encoding="utf-8").replace("\\\n", " ")
    return [line.removeprefix(name).strip() for line in text.splitlines() if line.startswith(f"{name} ")]


def name_package(requirement: str) -> str:
    return requirement.partition(">")[0].partition("[")[0]


def list_sources() -> list[str]:
    copies = [step.split() for step in list_steps("COPY") if not step.startswith("--from")]
    return [source for *sources, _target in copies for source in sources]


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    services: dict[str, Any] = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))["services"]
    return services


@pytest.mark.parametrize(
    "linter",
    [["hadolint", str(DOCKERFILE)], ["check-jsonschema", "--builtin-schema", "vendor.compose-spec", str(COMPOSE)]],
)
def test_the_linters_find_nothing(linter: list[str]) -> None:
    program, *arguments = linter
    done = subprocess.run([SCRIPTS / program, *arguments], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) in {(0, ""), (0, "ok -- validation done\n")}


def test_what_the_image_copies_is_let_in_and_makes_the_package(tmp_path: Path) -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert {line[1:] for line in lines if line.startswith("!")} == set(list_sources())
    source = tmp_path / "source"
    source.mkdir()
    for name in list_sources():
        path = ROOT / name
        (shutil.copytree if path.is_dir() else shutil.copy)(path, source / name)
    build = "from hatchling.build import build_wheel; import sys; build_wheel(sys.argv[1])"
    subprocess.run([sys.executable, "-c", build, str(tmp_path)], cwd=source, check=True, timeout=120)
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        names = set(wheel.namelist())
    assert {"ev2gym_dashboard/web/wsgi.py", "ev2gym_dashboard/assets/page.css"} <= names


def test_the_image_has_the_packages_of_the_page_redis_and_mqtt() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    needed = [name_package(package) for name in ("web", "redis", "mqtt") for package in extras[name]]
    (lock,) = [step.split()[-1] for step in list_steps("RUN") if step.endswith(" requirements.lock")]
    assert set(needed) <= read_lock(lock).keys()


def test_the_image_has_each_file_that_its_documentation_includes_or_links() -> None:
    pages = [path.read_text(encoding="utf-8") for path in (ROOT / "docs").rglob("*.md")]
    files = {part for page in pages for part in re.findall(r"(?:\]\(|\{include\} )(?:\.\./)+([\w.-]+)", page)}
    files = {name for name in files if not (ROOT / "docs" / name).exists()}
    assert {"CHANGELOG.md", "data"} <= files <= set(list_sources())


def test_the_image_offers_the_site_that_it_builds() -> None:
    (build,) = [step.split() for step in list_steps("RUN") if " sphinx " in step]
    (copied,) = [step.split() for step in list_steps("COPY") if step.startswith("--from=site")]
    assert build[-2:] == ["docs", copied[1]]
    assert f"{format_variable_name('docs')}={copied[2]}" in " ".join(list_steps("ENV"))


def test_the_files_name_only_variables_that_the_server_reads() -> None:
    known = {format_variable_name(name) for name in ServerSettings.__dataclass_fields__} | set(SHARED_VARIABLES)
    text = DOCKERFILE.read_text(encoding="utf-8") + COMPOSE.read_text(encoding="utf-8")
    names = set(re.findall(rf"{VARIABLE_PREFIX}[A-Z_]+", text))
    assert {"EV2GYM_DASHBOARD_HOST", "EV2GYM_DASHBOARD_REDIS"} <= names
    assert names <= known


def test_no_container_has_rights_or_writes_to_its_root(compose: dict[str, Any]) -> None:
    assert list_steps("USER") == ["10001:10001"]
    for service in compose.values():
        assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
        assert service["security_opt"] == ["no-new-privileges:true"]
    places = {volume.split(":")[1] for volume in compose["dashboard"]["volumes"]}
    assert places == set(json.loads(list_steps("VOLUME")[0]))


@require_programs("nginx")
def test_the_health_check_and_the_proxy_reach_the_server(tmp_path: Path) -> None:
    assert [json.loads(step) for step in list_steps("ENTRYPOINT") + list_steps("CMD")] == [
        ["ev2gym-dashboard"],
        ["serve"],
    ]
    (check,) = [step.split(" CMD ", 1)[1] for step in list_steps("HEALTHCHECK")]
    with run_server(SERVE, tmp_path / "home", proxy="1") as (_, address, _):
        host = address.removeprefix("http://")
        _python, *arguments = json.loads(check.replace("127.0.0.1:8888", host))
        subprocess.run([sys.executable, *arguments], check=True, timeout=30)
        port = find_free_port()
        site = PROXY.read_text(encoding="utf-8").replace("dashboard:8888", host)
        with run_nginx(site.replace("listen 8080", f"listen 127.0.0.1:{port}"), port, tmp_path / "nginx"):
            _python, *arguments = json.loads(check.replace("127.0.0.1:8888", f"127.0.0.1:{port}"))
            subprocess.run([sys.executable, *arguments], check=True, timeout=30)
    with pytest.raises(subprocess.CalledProcessError):
        subprocess.run([sys.executable, *arguments], check=True, timeout=30, capture_output=True)
