"""From the click on Deploy to the first line of the log on the page, in a real browser."""

import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.stage import milliseconds, percentile, stage

CLICKS = 60


def run(directory: Path, quick: bool = False) -> dict[str, Any]:
    """Return the median and the 95th percentile in milliseconds, on the embedded default."""
    chromium = shutil.which("chromium")
    if chromium is None:
        return {"skipped": "Chromium is not installed"}
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    from django.contrib.auth.models import User

    User.objects.create_superuser("bench", "", "bench")
    with stage(directory, "latency") as here, here.worker():
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        web = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "uvicorn",
                "amezmo.asgi:application",
                "--log-level=error",
                f"--port={port}",
            ]
        )
        try:
            _wait_for(port)
            times = _click(chromium, f"http://localhost:{port}", 5 if quick else CLICKS)
        finally:
            web.terminate()
            web.wait(20)
    return {
        "clicks": len(times),
        "median ms": milliseconds(percentile(times, 50)),
        "p95 ms": milliseconds(percentile(times, 95)),
        "worst ms": milliseconds(max(times)),
    }


def _wait_for(port: int) -> None:
    for _ in range(200):
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)


def _click(chromium: str, address: str, clicks: int) -> list[float]:
    from playwright.sync_api import sync_playwright

    times = []
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=chromium, args=flags)
        page = browser.new_page()
        page.goto(f"{address}/sign-in")
        page.fill("#id_username", "bench")
        page.fill("#id_password", "bench")
        page.click("button.primary")
        page.wait_for_url(f"{address}/")
        for _ in range(clicks):
            page.goto(f"{address}/environments/latency/production/")
            begun = time.perf_counter()
            page.click("#deploy", no_wait_after=True)
            page.wait_for_selector("#log .line")
            times.append(time.perf_counter() - begun)
            page.wait_for_selector(".verdict .state.live")
        browser.close()
    return times
