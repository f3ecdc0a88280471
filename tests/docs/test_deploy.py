"""The files of docs/deploy.md work: the systemd unit, and both nginx examples behind a real nginx."""

from __future__ import annotations

import configparser
import http.client
import re
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bench.services import NGINX_CONFIG, find_free_port, is_listening
from ev2gym_dashboard.service.runtime import metrics
from ev2gym_dashboard.service.runtime.environment import SHARED_VARIABLES
from ev2gym_dashboard.service.runtime.settings import VARIABLE_PREFIX, ServerSettings, format_variable_name
from tests.cli.test_server import SERVE, run_server

FOLDER = Path(__file__).parents[2] / "docs"
TEXT = (FOLDER / "deploy.md").read_text(encoding="utf-8")
DEPLOY = FOLDER / "deploy"
UNIT = DEPLOY / "ev2gym-dashboard.service"
PAIR = ("/etc/ssl/fleet.example.org.pem", "/etc/ssl/private/fleet.example.org.key")
SERVER_BLOCK = "server {{ {listen} ssl_certificate {pair[0]}; ssl_certificate_key {pair[1]}; {locations} }}"


def require_programs(*programs: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    missing = [program for program in programs if shutil.which(program) is None]
    skip = pytest.mark.skipif(bool(missing), reason=f"not installed: {', '.join(missing)} (make services)")
    return lambda test: pytest.mark.services(skip(test))


def test_the_page_names_exactly_the_files_of_its_folder() -> None:
    names = set(re.findall(r"\]\(deploy/([^)]+)\)", TEXT))
    assert names == {path.name for path in DEPLOY.iterdir()}


def test_the_page_and_its_files_name_only_variables_of_the_server() -> None:
    texts = [TEXT, *(path.read_text(encoding="utf-8") for path in DEPLOY.iterdir())]
    names = {name for text in texts for name in re.findall(rf"{VARIABLE_PREFIX}[A-Z_]+", text)}
    assert names
    assert (
        names <= {format_variable_name(name) for name in ServerSettings.__dataclass_fields__} | SHARED_VARIABLES.keys()
    )


def test_the_page_names_every_metric_and_every_label_value() -> None:
    families = {family.name: family.type for family in metrics.collect_metrics()}
    names = {name.removesuffix("_total") for name in re.findall(r"^\| `(ev2gym_\w+)` \|", TEXT, re.MULTILINE)}
    assert names == set(families)
    for values in (metrics.REQUEST_KINDS, metrics.REFUSAL_REASONS, metrics.SIMULATION_ORIGINS):
        assert f"({', '.join(values)})" in TEXT


def test_the_unit_starts_the_command_and_stops_its_main_process_first() -> None:
    unit = configparser.RawConfigParser(strict=False, allow_no_value=True)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read(UNIT)
    program, *arguments = unit["Service"]["ExecStart"].split()
    assert Path(program).name == "ev2gym-dashboard"
    assert arguments == ["serve"]
    assert unit["Service"]["KillMode"] == "mixed"


@require_programs("systemd-analyze")
def test_systemd_accepts_the_unit(tmp_path: Path) -> None:
    text = UNIT.read_text(encoding="utf-8")
    command = re.search("ExecStart=(.*)", text)
    assert command
    unit = tmp_path / UNIT.name
    unit.write_text(text.replace(command[1], f"{sys.executable} -m ev2gym_dashboard.cli serve"), encoding="utf-8")
    verify = ["systemd-analyze", "verify", "--man=no", str(unit)]
    done = subprocess.run(verify, capture_output=True, text=True, check=False)
    messages = [line for line in done.stderr.splitlines() if UNIT.name in line]
    assert (done.returncode, messages) == (0, [])


@pytest.fixture(scope="module")
def certificate_pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """A self-signed certificate for localhost, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    make += ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(make, check=True, capture_output=True)
    return str(certificate), str(key)


def fill_example(name: str, **changes: str) -> str:
    """Return the text of a file in docs/deploy/ with replacements; each replaced text must occur."""
    text = (DEPLOY / name).read_text(encoding="utf-8")
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    return text


@contextmanager
def run_nginx(site: str, port: int, folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True)
    config = folder / "nginx.conf"
    config.write_text(NGINX_CONFIG.format(folder=folder, site=site), encoding="utf-8")
    process = subprocess.Popen(["nginx", "-p", str(folder), "-c", str(config)], stderr=subprocess.PIPE, text=True)
    try:
        while not is_listening(port):
            assert process.poll() is None, process.communicate()[1]
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.communicate(timeout=30)


def fetch_page(port: int, path: str, certificate: str, **headers: str) -> tuple[http.client.HTTPResponse, bytes]:
    context = ssl.create_default_context(cafile=certificate)
    connection = http.client.HTTPSConnection("localhost", port, context=context, timeout=60)
    connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response, body


@require_programs("nginx", "openssl")
def test_behind_nginx_the_page_is_served_over_tls_and_only_nginx_is_trusted(
    tmp_path: Path, certificate_pair: tuple[str, str]
) -> None:
    port = find_free_port()
    with run_server(SERVE, tmp_path / "home", proxy="1") as (_, address, lines):
        changes = {"127.0.0.1:8888": address.removeprefix("http://")} | dict(zip(PAIR, certificate_pair, strict=True))
        changes |= {"fleet.example.org": "localhost", "listen 443": f"listen 127.0.0.1:{port}"}
        changes |= {"listen 80": f"listen 127.0.0.1:{find_free_port()}"}
        with run_nginx(fill_example("nginx.conf", **changes), port, tmp_path / "nginx"):
            page, body = fetch_page(
                port, "/?lang=en", certificate_pair[0], X_Forwarded_For="203.0.113.9", X_Request_Id="forged-by-me"
            )
            health, health_body = fetch_page(port, "/healthz", certificate_pair[0])
            metrics_page, _ = fetch_page(port, "/metrics", certificate_pair[0])
            with pytest.raises(ssl.SSLError), socket.create_connection(("127.0.0.1", port)) as stranger:
                ssl.create_default_context().wrap_socket(stranger, server_hostname="other.example.org")
    assert (page.status, health.status, health_body, metrics_page.status) == (200, 200, b"ready\n", 404)
    assert b'<html lang="en" ' in body
    assert page.headers["Strict-Transport-Security"]
    request_id = page.headers["X-Request-Id"]
    assert re.fullmatch("[0-9a-f]{32}", request_id), "nginx replaces the id of the client"
    (line,) = [line for line in lines if f"request={request_id}" in line]
    assert line.rstrip().endswith("peer=127.0.0.1")


@require_programs("nginx", "openssl")
def test_behind_nginx_below_a_path_the_page_and_its_assets_are_served(
    tmp_path: Path, certificate_pair: tuple[str, str]
) -> None:
    port = find_free_port()
    with run_server(SERVE, tmp_path / "home", proxy="1", prefix="/fleet/") as (_, address, _):
        locations = fill_example("nginx-path.conf", **{"127.0.0.1:8888": address.removeprefix("http://")})
        site = SERVER_BLOCK.format(listen=f"listen 127.0.0.1:{port} ssl;", pair=certificate_pair, locations=locations)
        with run_nginx(site, port, tmp_path / "nginx"):
            page, body = fetch_page(port, "/fleet/", certificate_pair[0])
            addresses = [*re.findall(r'(?:src|href)="([^"]+)"', body.decode()), "/fleet/_dash-dependencies"]
            statuses = {path: fetch_page(port, path, certificate_pair[0])[0].status for path in addresses}
            outside, _ = fetch_page(port, "/assets/live.js", certificate_pair[0])
    assert page.status == 200
    assert len(statuses) > 5
    assert set(statuses.values()) == {200}, statuses
    assert outside.status == 404
