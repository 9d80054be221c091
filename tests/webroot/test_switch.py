"""The atomic link: what a reader may see of it, and what is refused."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from deployments.webroot.layout import Layout
from deployments.webroot.switch import current_release, live_release, switch

PROJECT = Path(__file__).parents[2]
# Reads through `current` until it is told to stop; prints how often, and what it should not have seen.
READER = """
import pathlib, sys
current, stop = map(pathlib.Path, sys.argv[1:])
reads, wrong = 0, []
print("reading", flush=True)
while not stop.exists():
    try:
        seen = (current / "index.html").read_text()
    except OSError as error:
        seen = repr(error)
    reads += 1
    if seen not in ("1\\n", "2\\n"):
        wrong.append(seen)
print(reads, wrong[:3])
"""
# Switches to and fro until it is killed.
SWITCHER = """
import pathlib, sys
from deployments.webroot.layout import Layout
from deployments.webroot.switch import switch
layout = Layout(pathlib.Path(sys.argv[1]))
print("switching", flush=True)
while True:
    for release in sys.argv[2:]:
        switch(layout, pathlib.Path(release))
"""


def test_the_first_switch_makes_the_link(layout: Layout, releases: tuple[Path, Path]) -> None:
    """B3: `current` is a symbolic link to the absolute path of the current release."""
    assert current_release(layout) is None

    switch(layout, releases[0])

    assert os.readlink(layout.current) == str(releases[0])
    assert live_release(layout) == releases[0]


def test_a_switch_goes_forward_and_back(layout: Layout, releases: tuple[Path, Path]) -> None:
    for release in (*releases, releases[0], releases[0]):
        switch(layout, release)
        assert current_release(layout) == release


def test_a_switch_leaves_nothing_but_the_link(layout: Layout, releases: tuple[Path, Path]) -> None:
    before = set(os.listdir(layout.root))

    switch(layout, releases[0])

    assert set(os.listdir(layout.root)) == before | {"current"}


def test_a_reader_never_sees_it_missing(layout: Layout, releases: tuple[Path, Path], tmp_path: Path) -> None:
    """B6: a reader never sees `current` missing or dangling while it is switched."""
    switch(layout, releases[0])
    stop = tmp_path / "stop"
    reader = subprocess.Popen(
        [sys.executable, "-c", READER, str(layout.current), str(stop)], stdout=subprocess.PIPE, text=True
    )
    assert reader.stdout is not None
    assert reader.stdout.readline() == "reading\n"

    for turn in range(2000):
        switch(layout, releases[turn % 2])
    stop.touch()
    reads, wrong = reader.communicate(timeout=30)[0].split(" ", 1)

    assert int(reads) > 100
    assert wrong == "[]\n"


def test_a_switcher_that_is_killed_leaves_the_link_whole(layout: Layout, releases: tuple[Path, Path]) -> None:
    """B6: a crash at any moment leaves `current` at one of the two complete releases."""
    switch(layout, releases[0])
    for turn in range(10):
        switcher = subprocess.Popen(
            [sys.executable, "-c", SWITCHER, str(layout.root), *map(str, releases)],
            cwd=PROJECT, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert switcher.stdout is not None
        assert switcher.stdout.readline() == "switching\n"
        with pytest.raises(subprocess.TimeoutExpired):
            switcher.wait(0.003 * turn)
        switcher.send_signal(signal.SIGKILL)
        switcher.communicate(timeout=30)

        assert live_release(layout) in releases

    switch(layout, releases[1])
    assert live_release(layout) == releases[1]


def test_a_link_that_a_crash_left_behind_is_no_obstacle(layout: Layout, releases: tuple[Path, Path]) -> None:
    (layout.root / f".current.{os.getpid()}").symlink_to("nowhere")

    switch(layout, releases[0])

    assert live_release(layout) == releases[0]
    assert not os.path.lexists(layout.root / f".current.{os.getpid()}")


def test_a_release_that_is_gone_is_current_but_not_live(layout: Layout, releases: tuple[Path, Path]) -> None:
    layout.current.symlink_to(layout.releases / "deployment_9.cccccccc")

    assert current_release(layout) == layout.releases / "deployment_9.cccccccc"
    assert live_release(layout) is None
    switch(layout, releases[0])
    assert live_release(layout) == releases[0]


def test_a_relative_link_is_read_from_where_it_lies(
    layout: Layout, releases: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    layout.current.symlink_to(f"release/{releases[0].name}")

    assert live_release(layout) == releases[0]
