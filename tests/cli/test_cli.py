"""Command line ``serve``: messages, exit codes, and the start of gunicorn."""

from __future__ import annotations

import socket
import sys
from dataclasses import fields
from importlib.metadata import version
from typing import Any

import pytest

from ev2gym_dashboard import cli
from ev2gym_dashboard.service.runtime.settings import ServerSettings, format_variable_name, list_option_fields


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    call: dict[str, Any] = {}
    monkeypatch.setattr("os.execve", lambda path, argv, env: call.update(path=path, argv=argv, env=env))
    for f in fields(ServerSettings):
        monkeypatch.delenv(format_variable_name(f.name), raising=False)
    return call


def run_command(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    with pytest.raises(SystemExit) as stop:
        cli.main(arguments)
    out, err = capsys.readouterr()
    return int(stop.value.code or 0), out + err


def test_serve_becomes_gunicorn_with_the_settings_of_the_package(started: dict[str, Any]) -> None:
    cli.main(["serve", "--port", "0", "--workers", "2"])
    assert started["path"] == sys.executable
    assert started["argv"][1:] == [
        "-m",
        "gunicorn",
        "--config",
        "python:ev2gym_dashboard.service.server.gunicorn_conf",
        "ev2gym_dashboard.web.wsgi:server",
    ]
    assert started["env"]["EV2GYM_DASHBOARD_PORT"] == "0"
    assert started["env"]["EV2GYM_DASHBOARD_WORKERS"] == "2"
    assert started["env"]["EV2GYM_DASHBOARD_HOST"] == "127.0.0.1"


def test_a_port_in_use_is_reported_in_a_sentence(started: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        code, text = run_command(capsys, "serve", "--port", str(port))
    assert code == 2
    assert f"Cannot listen on 127.0.0.1:{port} (" in text
    assert "--port" in text
    assert not started


def test_invalid_options_are_reported_at_once_and_nothing_is_started(
    started: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    code, text = run_command(capsys, "serve", "--port", "http", "--workers", "99")
    assert code == 2
    assert text.splitlines() == [
        "--port: must be a number, not http",
        "--workers: must be from 0 to 64, not 99",
    ]
    assert not started


def test_help_names_every_option_its_default_and_its_variable(capsys: pytest.CaptureFixture[str]) -> None:
    code, text = run_command(capsys, "serve", "--help")
    normalized = " ".join(text.split())
    assert code == 0
    assert list_option_fields()
    for f in list_option_fields():
        assert f"--{f.name}" in normalized
        assert f"(default {f.default or 'empty'}; or {format_variable_name(f.name)})" in normalized


def test_a_password_is_not_an_option_because_command_lines_are_public(
    started: dict[str, Any], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, _ = run_command(capsys, "serve", "--auth", "amina:word")
    assert code == 2
    assert not started
    monkeypatch.setenv("EV2GYM_DASHBOARD_AUTH", "amina:word")
    cli.main(["serve", "--port", "0"])
    assert started["env"]["EV2GYM_DASHBOARD_AUTH"] == "amina:word"
    assert "word" not in " ".join(started["argv"])


def test_a_missing_command_is_refused_with_the_usage(capsys: pytest.CaptureFixture[str]) -> None:
    code, text = run_command(capsys)
    assert code == 2
    assert "COMMAND" in text


def test_the_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(capsys, "--version") == (0, version("ev2gym-dashboard") + "\n")
