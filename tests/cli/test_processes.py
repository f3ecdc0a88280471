"""Commands as processes: progress on a terminal, an interrupt, and a pipe that closes."""

from __future__ import annotations

import fcntl
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path
from typing import Any

import pytest

STOPPED_WHILE_A_LIBRARY_ABORTS = """
import ctypes, importlib, signal, sys
cli = importlib.import_module("ev2gym_dashboard.cli.main")

libc = ctypes.CDLL(None)
libc.__cxa_atexit(libc.abort, None, None)
cli._run = lambda arguments: signal.raise_signal(int(sys.argv[1]))
cli.run()
"""
SMALL = ("--fleet-size", "40", "--days", "0.25")
ROOT = Path(__file__).parents[2]


def run_process(*arguments: str, **streams: Any) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "ev2gym_dashboard.cli", *arguments]
    return subprocess.run(command, check=False, timeout=120, cwd=ROOT, **streams)


def test_progress_is_shown_on_a_terminal_and_not_in_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EV2GYM_DASHBOARD_KERNEL", "numpy")
    piped = run_process("simulate", *SMALL, capture_output=True)
    assert piped.stderr == b""
    assert piped.stdout.startswith(b"figure,value\n")
    terminal, terminal_end = pty.openpty()
    fcntl.ioctl(terminal_end, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    interactive = run_process("simulate", *SMALL, stdout=subprocess.PIPE, stderr=terminal_end)
    os.close(terminal_end)
    text = os.read(terminal, 65536)
    os.close(terminal)
    assert b"100 %" in text
    assert interactive.stdout == piped.stdout


@pytest.mark.parametrize(("number", "code", "text"), [(signal.SIGINT, 130, b"Stopped.\n"), (signal.SIGTERM, 143, b"")])
def test_a_stopped_command_has_its_exit_code_whatever_a_library_does_at_the_end(
    number: int, code: int, text: bytes
) -> None:
    command = [sys.executable, "-c", STOPPED_WHILE_A_LIBRARY_ABORTS, str(int(number))]
    ended = subprocess.run(command, check=False, capture_output=True, timeout=120, cwd=ROOT)
    assert (ended.returncode, ended.stderr) == (code, text)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_an_interrupt_ends_a_command_with_a_message_and_leaves_no_process(workers: str) -> None:
    long = ("compare", "--fleet-size", "100", "--days", "300", "--workers", workers)
    command = [sys.executable, "-m", "ev2gym_dashboard.cli", *long]
    terminal, terminal_end = pty.openpty()
    fcntl.ioctl(terminal_end, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    run = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=terminal_end, start_new_session=True)
    os.close(terminal_end)
    text = os.read(terminal, 4096)
    os.killpg(run.pid, signal.SIGINT)
    assert run.wait(60) == 130
    text += os.read(terminal, 65536)
    os.close(terminal)
    assert b"compare:   0 %" in text
    assert b"Stopped." in text
    assert b"Traceback" not in text
    assert has_ended(run.pid)


def has_ended(group: int) -> bool:
    """Return whether every process of a group ends within some seconds."""
    for _ in range(200):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


def test_a_reader_that_closes_the_pipe_causes_no_traceback() -> None:
    command = f"{sys.executable} -m ev2gym_dashboard.cli catalogs | head -1"
    done = subprocess.run(command, shell=True, capture_output=True, timeout=60, check=False, cwd=ROOT)
    assert done.stdout.startswith(b"catalog,files,model")
    assert done.stderr == b""


def test_a_reader_that_closes_the_pipe_ends_an_unbuffered_command_with_code_141() -> None:
    reader, writer = os.pipe()
    # Before the command begins: a reader that goes later may have taken all of the output.
    os.close(reader)
    command = [sys.executable, "-u", "-m", "ev2gym_dashboard.cli", "catalogs"]
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, timeout=60, check=False, cwd=ROOT)
    os.close(writer)
    assert (done.returncode, done.stderr) == (141, b"")
