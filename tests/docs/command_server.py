"""Command server: each command of a page in a process of its own, forked from one that has imported everything."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
NAME = "ev2gym-dashboard"
CLIENT = """#!{python} -IS
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as server:
    server.connect({address!r})
    command = json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode()
    socket.send_fds(server, [command], [0, 1, 2])
    server.shutdown(socket.SHUT_WR)
    sys.exit(int(server.recv(16)))
"""


@contextmanager
def open_command_folder(folder: Path) -> Iterator[Path]:
    """Serve the commands; yield a folder for the search path, with the command as a program."""
    program, address = folder / NAME, folder / "socket"
    program.write_text(CLIENT.format(python=sys.executable, address=str(address)), encoding="utf-8")
    program.chmod(0o755)
    command = [sys.executable, "-m", "tests.docs.command_server", str(address)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == b"ready\n"
        try:
            yield folder
        finally:
            server.terminate()


def serve(address: str) -> None:
    """Run the commands of the clients, several at once if they come from a pipe."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen()
        print("ready", flush=True)
        while True:
            client, _ = listener.accept()
            if os.fork() == 0:
                _answer(client)
            client.close()
            _forget_ended_processes()


def _answer(client: socket.socket) -> None:
    """Run the command of a client in another process, and send its exit code."""
    request, streams, *_ = socket.recv_fds(client, 65536, 3)
    while part := client.recv(65536):
        request += part
    pid = os.fork()
    if pid == 0:
        _run_command(streams, *json.loads(request))
    _, status = os.waitpid(pid, 0)
    client.sendall(str(os.waitstatus_to_exitcode(status) % 256).encode())
    os._exit(0)


def _run_command(streams: list[int], arguments: list[str], folder: str, environment: dict[str, str]) -> None:
    code: Any = 1
    try:
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)
        main(arguments)
        code = 0
    except SystemExit as end:
        code = end.code or 0
    except BaseException:  # noqa: BLE001 (as the end of Python would)
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _forget_ended_processes() -> None:
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


if __name__ == "__main__":
    from ev2gym_dashboard.cli.main import main
    from ev2gym_dashboard.service.simulation.warm_up import compile_kernels

    compile_kernels()
    serve(sys.argv[1])
