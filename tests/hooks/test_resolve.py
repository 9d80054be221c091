"""Which file runs for an event, and a script's bytes made fit for Bash."""

import os
import pwd
from pathlib import Path

import pytest

from deployments.errors import Failure
from deployments.hooks import resolve
from deployments.identity import Account, acting_as
from tests.hooks.conftest import Shell
from tests.webroot.unprivileged import needs_root

EVENT = "after.pull"


@pytest.fixture
def release(tmp_path: Path) -> Path:
    made = tmp_path / "releases" / "deployment_1.aaaaaaaa"
    made.mkdir(parents=True)
    return made


def write(release: Path, name: str, content: bytes = b"true\n") -> Path:
    file = release / ".amezmo" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return file


def found_in(release: Path, environment: str, event: str) -> Path | None:
    found = resolve.find(release, environment, event)
    return found.file if found else None


def read(hook: Path) -> bytes:
    found = resolve.find(hook.parent.parent, "production", hook.name)
    assert found is not None
    return found.content


def test_a_hook_is_a_file_of_the_release(release: Path) -> None:
    """B14: `.amezmo/<event>` in the application root."""
    hook = write(release, EVENT)

    assert found_in(release, "production", EVENT) == hook
    assert resolve.find(release, "production", "before.deploy") is None


@pytest.mark.parametrize("mode", [0o644, 0o755, 0o000])
def test_its_mode_does_not_matter(release: Path, mode: int) -> None:
    """B14: the real ones are committed 0644."""
    hook = write(release, EVENT)
    hook.chmod(mode)

    assert found_in(release, "production", EVENT) == hook


def test_without_the_directory_there_is_no_hook(release: Path) -> None:
    assert resolve.find(release, "production", EVENT) is None
    (release / ".amezmo").write_text("a file")
    assert resolve.find(release, "production", EVENT) is None


def test_an_environments_own_takes_the_place_of_the_general_one(release: Path) -> None:
    """B15: in that environment, and only there; it does not run beside it."""
    general, own = write(release, EVENT), write(release, f"staging/{EVENT}")

    assert found_in(release, "staging", EVENT) == own
    assert found_in(release, "production", EVENT) == general


def test_an_environments_own_needs_no_general_one(release: Path) -> None:
    """B15: each event by itself."""
    own, other = write(release, f"staging/{EVENT}"), write(release, "before.deploy")

    assert found_in(release, "staging", EVENT) == own
    assert resolve.find(release, "production", EVENT) is None
    assert found_in(release, "staging", "before.deploy") == other


def test_an_event_may_lie_in_a_folder(release: Path) -> None:
    """B23, B26: `rollback/before`, `config/after-change`."""
    hook, own = write(release, "rollback/before"), write(release, "staging/rollback/before")

    assert found_in(release, "production", "rollback/before") == hook
    assert found_in(release, "staging", "rollback/before") == own


@pytest.mark.parametrize("target", ["../scripts/pull.sh", "before.deploy", "staging/after.pull"])
def test_a_link_to_another_file_of_the_release_is_fine(release: Path, target: str) -> None:
    (release / "scripts").mkdir()
    (release / "scripts" / "pull.sh").write_text("true")
    write(release, "before.deploy")
    write(release, "staging/after.pull")
    (release / ".amezmo" / EVENT).symlink_to(target)

    assert found_in(release, "production", EVENT) == release / ".amezmo" / EVENT


@pytest.mark.parametrize(
    "outside", ["absolute", "relative", "neighbour", "chain", "folder", "hooks directory"]
)
def test_a_link_out_of_the_release_is_refused(release: Path, tmp_path: Path, outside: str) -> None:
    """B14: a hook is committed, and nothing else of this host can be named as one."""
    script = tmp_path / "elsewhere" / "after.pull"
    script.parent.mkdir()
    script.write_text("echo outside\n")
    hooks = release / ".amezmo"
    if outside == "hooks directory":
        hooks.symlink_to(script.parent)
    elif outside == "folder":
        hooks.mkdir()
        (hooks / "production").symlink_to(script.parent)
    else:
        hooks.mkdir()
        # The neighbour's path begins with the release's own.
        neighbour = release.with_name(release.name + "0")
        neighbour.mkdir()
        (neighbour / "script").write_text("true")
        (hooks / "link").symlink_to(script)
        targets = {"absolute": str(script), "relative": "../../../elsewhere/after.pull", "chain": "link",
                   "neighbour": f"../../{neighbour.name}/script"}  # fmt: skip
        (hooks / EVENT).symlink_to(targets[outside])

    with pytest.raises(Failure, match=r"The hook \.amezmo/.*after\.pull is a link out of the release"):
        resolve.find(release, "production", EVENT)


@pytest.mark.parametrize("target", ["nowhere", EVENT, "../../../../../../../../nowhere", "x" * 300])
def test_a_link_to_nowhere_is_refused(release: Path, target: str) -> None:
    """B9: a hook that is there and can't run is no missing hook."""
    (release / ".amezmo").mkdir()
    (release / ".amezmo" / EVENT).symlink_to(target)

    with pytest.raises(Failure, match="is a link to nowhere"):
        resolve.find(release, "production", EVENT)


def test_a_broken_one_of_the_environment_does_not_let_the_general_one_run(release: Path) -> None:
    """B15: it takes its place all the same."""
    write(release, EVENT)
    (release / ".amezmo" / "staging").mkdir()
    (release / ".amezmo" / "staging" / EVENT).symlink_to("nowhere")

    with pytest.raises(Failure, match=r"\.amezmo/staging/after\.pull is a link to nowhere"):
        resolve.find(release, "staging", EVENT)


@pytest.mark.parametrize("kind", ["directory", "pipe"])
def test_what_is_no_file_is_refused(release: Path, kind: str) -> None:
    """B9: and a named pipe is not read, which would wait for ever."""
    (release / ".amezmo").mkdir()
    if kind == "directory":
        (release / ".amezmo" / EVENT).mkdir()
    else:
        os.mkfifo(release / ".amezmo" / EVENT)

    with pytest.raises(Failure, match="is no file"):
        resolve.find(release, "production", EVENT)


def test_a_release_may_be_reached_by_a_link(release: Path, tmp_path: Path) -> None:
    """A webroot may lie behind a link; its hooks lie in the release all the same."""
    write(release, EVENT)
    (tmp_path / "linked").symlink_to(release.parent)

    assert resolve.find(tmp_path / "linked" / release.name, "production", EVENT)


@pytest.mark.parametrize(
    "content",
    [
        b"echo one\necho two\n",
        b"echo one\r\necho two\r\n",
        b"\xef\xbb\xbfecho one\necho two\n",
        b"\xef\xbb\xbf#!/bin/sh\r\necho one\r\necho two",
        b"#!/usr/bin/env python\necho one; echo two",
        b"if true; then\r\n  echo one\r\nfi\r\ncat <<END\r\ntwo\r\nEND\r\n",
    ],
)
def test_bash_runs_it_whatever_editor_saved_it(shell: Shell, release: Path, content: bytes) -> None:
    """B14: CRLF or a BOM notwithstanding, and always by Bash."""
    script = resolve.script(read(write(release, EVENT, content)), EVENT)

    assert shell.run(script.decode()).exit_code == 0
    assert shell.ears.text == "one\ntwo\n"


@pytest.mark.parametrize("content", [b"", b"\n", b"echo 'a\rb'\n", b"caf\xe9\n", b"x\xef\xbb\xbf"])
def test_everything_else_stays_as_it_is(content: bytes) -> None:
    assert resolve.script(content, EVENT) == content


@pytest.mark.parametrize(
    ("content", "position"),
    [(b"\0", 1), (b"echo\0\n", 5), ("echo\r\n".encode("utf-16"), 4), (b"\x7fELF\0", 5)],
)
def test_a_nul_is_refused(content: bytes, position: int) -> None:
    """B9: Bash would run half of it; the message says where, and what to do."""
    with pytest.raises(Failure, match=rf"{EVENT} has a NUL byte \(byte {position}\).*UTF-8"):
        resolve.script(content, EVENT)


def test_what_is_far_too_large_is_refused_and_not_read_whole(release: Path) -> None:
    hook = write(release, EVENT)
    with hook.open("r+b") as handle:
        handle.truncate(10 * resolve.LARGEST_SCRIPT)

    content = read(hook)

    assert len(content) == resolve.LARGEST_SCRIPT + 1
    with pytest.raises(Failure, match="more than 4 MB"):
        resolve.script(content, EVENT)
    assert resolve.script(b"#" * resolve.LARGEST_SCRIPT, EVENT)


@needs_root
def test_what_cannot_be_read_is_a_sentence(open_directory: Path) -> None:
    """B14, B21: with the rights of whoever runs it, which a file of root's may refuse."""
    release = open_directory / "deployment_1.aaaaaaaa"
    hook = write(release, EVENT)
    hook.chmod(0o600)
    nobody = pwd.getpwnam("nobody")
    account = Account("nobody", "/", nobody.pw_uid, nobody.pw_gid, (nobody.pw_gid,))
    with acting_as(account), pytest.raises(Failure, match=r"after\.pull can't be read: Permission denied"):
        resolve.find(release, "production", EVENT)
    assert os.geteuid() == 0
