"""Odd machines: every command runs, or ends with one sentence and its exit code."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ev2gym_dashboard.cli.main import main

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "ev2gym_dashboard.cli"]
SMALL = ("--fleet-size", "10", "--days", "0.1")
RUN_COMMANDS = """
import sys
from ev2gym_dashboard.cli.main import main
if __name__ == "__main__":
    for line in sys.argv[1:]:
        try:
            main(line.split("|"))
            code = 0
        except SystemExit as end:
            code = end.code or 0
        print(f"{line.split('|')[0]} ended with {code}", file=sys.stderr)
"""
WINDOWS = """
import multiprocessing, os, signal, sys
for name in ("fcntl", "grp", "pty", "pwd", "resource", "termios", "tty"):
    sys.modules[name] = None
for name in ("fork", "forkpty", "getloadavg", "getuid", "killpg", "nice", "sched_getaffinity"):
    delattr(os, name)
for name in ("SIGHUP", "SIGKILL", "SIGPIPE", "SIG_BLOCK", "SIG_SETMASK", "pthread_sigmask"):
    delattr(signal, name)
multiprocessing.get_all_start_methods = lambda: ["spawn"]
"""
SWEEP = "[base]\nfleet_size = 10\ndays = 0.1\n[grid]\nseed = [1, 2]\n"
NOWHERE = "/proc/nowhere"


def run(command: list[str], *, environment: dict[str, str] | None = None, **options: Any) -> tuple[int, str, str]:
    variables = os.environ | {"EV2GYM_DASHBOARD_KERNEL": "numpy", "PYTHONPATH": str(ROOT)} | (environment or {})
    done = subprocess.run(
        command,
        stdout=options.pop("stdout", subprocess.PIPE),
        stderr=subprocess.PIPE,
        env=variables,
        timeout=120,
        check=False,
        **options,
    )
    return done.returncode, (done.stdout or b"").decode(errors="replace"), done.stderr.decode()


def run_lines(*lines: str, before: str = "", **options: Any) -> tuple[str, list[str]]:
    """Run several commands in one process; return the output and the lines of standard error."""
    _, out, err = run([sys.executable, "-c", before + RUN_COMMANDS, *lines], **options)
    return out, err.splitlines()


def test_without_the_modules_of_unix_all_but_serve_run_and_serve_says_how_to_serve(tmp_path: Path) -> None:
    sweep = tmp_path / "sweep.toml"
    sweep.write_text(SWEEP, encoding="utf-8")
    scenario = tmp_path / "scenario.toml"
    scenario.write_text("fleet_size = 10\n", encoding="utf-8")
    lines = [
        "--help",
        "|".join(("simulate", *SMALL)),
        f"validate|{scenario}",
        "|".join(("compare", *SMALL, "--seeds", "1", "--workers", "1")),
        f"sweep|{sweep}|--out|{tmp_path / 'out'}|--workers|1",
        "serve|--port|8123",
    ]
    script = tmp_path / "windows.py"
    # A file, because the processes of the pool import it again.
    script.write_text(WINDOWS + RUN_COMMANDS, encoding="utf-8")
    _, out, err = run([sys.executable, str(script), *lines])
    ends = [line for line in err.splitlines() if " ended with " in line]
    expected = {"--help": 0, "simulate": 0, "validate": 0, "compare": 0, "sweep": 0, "serve": 1}
    assert ends == [f"{name} ended with {code}" for name, code in expected.items()], err
    assert "serve needs gunicorn, which does not run on this system." in err
    assert "--app ev2gym_dashboard.web.wsgi:server run --port 8123" in err
    assert "2 runs: 2 new" in out


def test_nothing_but_the_output_needs_a_place_to_write_a_locale_a_time_zone_or_many_files(tmp_path: Path) -> None:
    places = dict.fromkeys(("HOME", "XDG_CACHE_HOME", "TMPDIR", "NUMBA_CACHE_DIR"), NOWHERE)
    odd = {"TZ": "Nowhere/At_All", "LC_ALL": "xx_YY", "PYTHONDONTWRITEBYTECODE": "1"}
    folder = tmp_path / "Été à Fès" / "sortie n° 1"

    def limit_process() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
        os.umask(0o077)

    lines = "|".join(("simulate", *SMALL, "--out", str(folder))), "|".join(("compare", *SMALL, "--seeds", "1"))
    out, err = run_lines(*lines, environment=places | odd, preexec_fn=limit_process)
    assert err == ["simulate ended with 0", "compare ended with 0"]
    assert out.startswith("figure,value\n")
    assert (folder / "report.html").stat().st_mode & 0o077 == 0
    _, usual = run_lines(lines[0], environment={"TZ": "Asia/Kolkata"})
    assert usual == ["simulate ended with 0"]


def test_a_terminal_without_unicode_shows_the_help() -> None:
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    out, err = run_lines("simulate|--help", "strategies", environment=ascii_only)
    assert err == ["simulate ended with 0", "strategies ended with 0"]
    assert "usage: ev2gym-dashboard simulate" in out


def test_an_output_folder_may_have_characters_that_the_locale_lacks(tmp_path: Path) -> None:
    sweep = tmp_path / "sweep.toml"
    sweep.write_text(SWEEP, encoding="utf-8")
    bundle, rows = tmp_path / "Été" / "sortie", tmp_path / "Fès"
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    command = f"sweep|{sweep}|--out|{rows}|--workers|1"
    lines = "|".join(("simulate", *SMALL, "--out", str(bundle))), command, command
    out, err = run_lines(*lines, environment=ascii_only)
    assert err == ["simulate ended with 0", "sweep ended with 0", "sweep ended with 0"]
    assert (bundle / "series.parquet").stat().st_size > 0
    assert "2 runs: 0 new" in out


def test_the_environment_is_checked_before_a_command_begins() -> None:
    named = {"EV2GYM_DASHBOARD_KERNEL": "foo", "EV2GYM_DASHBOARD_DATA": NOWHERE, "EV2GYM_DASHBOARD_STATES": "x"}
    code, out, err = run([*COMMAND, "strategies"], environment=named)
    assert (code, out) == (2, "")
    assert err.splitlines() == [
        "EV2GYM_DASHBOARD_STATES: is unknown; did you mean EV2GYM_DASHBOARD_STATE?",
        "EV2GYM_DASHBOARD_KERNEL: must be one of numba, numpy, not foo",
        f"EV2GYM_DASHBOARD_DATA: must be a folder that exists, not {NOWHERE}",
    ]


@pytest.mark.parametrize("arguments", [["--help"], ["catalogs"]])
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_an_output_on_a_full_disk_ends_with_a_sentence(arguments: list[str], unbuffered: str) -> None:
    with Path("/dev/full").open("wb") as full:
        code, _, err = run([*COMMAND, *arguments], stdout=full, environment={"PYTHONUNBUFFERED": unbuffered})
    assert (code, err) == (1, "The output: No space left on device\n")


def test_closed_outputs_are_no_fault() -> None:
    command = f'"{sys.executable}" -m ev2gym_dashboard.cli strategies >&- 2>&-'
    assert run(["sh", "-c", command])[0] == 0


def test_a_disk_that_is_full_leaves_no_half_file(tmp_path: Path) -> None:
    sweep, out, bundle = tmp_path / "sweep.toml", tmp_path / "out", tmp_path / "bundle"
    sweep.write_text(SWEEP, encoding="utf-8")
    lines = "|".join(("simulate", *SMALL, "--out", str(bundle))), f"sweep|{sweep}|--out|{out}|--workers|1"
    limit = resource.RLIMIT_FSIZE, (8192, 8192)
    _, err = run_lines(*lines, preexec_fn=lambda: resource.setrlimit(*limit))
    assert [line for line in err if " ended with " in line] == ["simulate ended with 1", "sweep ended with 1"], err
    assert any(line.startswith(f"--out: {bundle} cannot be written") for line in err)
    assert f"{out} cannot be written (File too large); run the same command again to resume." in err
    assert list(bundle.iterdir()) == []
    assert not list(out.glob("*.unfinished"))
    _, resumed = run_lines(*lines)
    assert resumed == ["simulate ended with 0", "sweep ended with 0"]


def test_a_number_of_more_digits_than_python_reads_is_an_issue_of_its_file(tmp_path: Path) -> None:
    path = tmp_path / "large.toml"
    path.write_text(f"fleet_size = {'9' * 5000}\n", encoding="utf-8")
    lines = f"simulate|{path}", f"sweep|{path}|--out|{tmp_path / 'out'}", f"validate|{path}"
    out, err = run_lines(*lines)
    assert [line for line in err if " ended with " in line] == [
        "simulate ended with 2",
        "sweep ended with 2",
        "validate ended with 1",
    ]
    assert "must be TOML" in out
    assert not any("Traceback" in line for line in err)


def test_serve_says_that_it_needs_a_temporary_folder(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setattr("tempfile._candidate_tempdir_list", lambda: [NOWHERE])
    with pytest.raises(SystemExit) as end:
        main(["serve", "--port", "0"])
    assert end.value.code == 1
    assert capsys.readouterr().err == "serve needs a temporary folder that it can write to; name one with TMPDIR.\n"
