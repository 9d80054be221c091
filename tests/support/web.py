"""A real web process beside a test, on the test's own data."""

import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from tests.support.worker import ROOT, wait_for


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


def answers(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def running_web(variables: Mapping[str, str]) -> Iterator[int]:
    """Collect the static files, start uvicorn with these variables, and give the port it answers on."""
    collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "-v0"]
    subprocess.run(collect, cwd=ROOT, env=variables, check=True)
    port = free_port()
    web = subprocess.Popen(
        [sys.executable, "-m", "uvicorn", "amezmo.asgi:application", f"--port={port}", "--log-level=warning"],
        cwd=ROOT,
        env=variables,
    )
    try:
        wait_for(lambda: answers(port), what="the web process")
        yield port
    finally:
        web.terminate()
        web.wait(20)
