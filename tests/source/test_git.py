"""What git is told, and what its complaints mean."""

import subprocess
from pathlib import Path

import pytest

from deployments.source import git
from deployments.source.address import Address
from deployments.source.refs import Wanted

HOME, SSH = Path("/home/deployer"), Path("/home/deployer/ssh")
SHOP = Address("https://example.org/shop.git", "https")


def environment() -> dict[str, str]:
    return git.environment(
        home=HOME, ssh=SSH, protocols=("https", "ssh"), path="/usr/bin", connect_seconds=9.9
    )


def explain(output: str) -> str:
    return git.explain(output, url=SHOP.url, where=Path("/srv/shop"), doing="fetch", exit_code=128)


def test_git_sees_nothing_of_the_servers_own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """B19: its environment is built from nothing."""
    monkeypatch.setenv("GIT_SSH_COMMAND", "evil")
    monkeypatch.setenv("AMEZMO_SECRET_KEY", "secret")

    assert "secret" not in str(environment())
    assert "evil" not in str(environment())
    assert {name for name in environment() if not name.startswith("GIT_")} == {
        "PATH", "HOME", "LANG", "SSH_ASKPASS",
    }  # fmt: skip


def test_git_asks_nobody_anything() -> None:
    """B7: a repository that asks for a password fails, and does not wait for one."""
    found = environment()

    assert found["GIT_TERMINAL_PROMPT"] == "0"
    assert found["GIT_ASKPASS"] == found["SSH_ASKPASS"] == "/bin/false"
    assert "-o BatchMode='yes'" in found["GIT_SSH_COMMAND"]


def test_settings_of_the_user_and_the_system_are_not_read(tmp_path: Path) -> None:
    (tmp_path / ".gitconfig").write_text("[user]\n\tname = Somebody\n")
    found = {**environment(), "PATH": git_path(), "HOME": str(tmp_path)}

    listed = subprocess.run(
        ["git", "config", "--list"], env=found, cwd=tmp_path, capture_output=True, text=True, check=True
    )

    assert listed.stdout == "safe.directory=*\n"


def git_path() -> str:
    import os

    return os.environ["PATH"]


def test_ssh_knows_only_the_installations_own_key_and_hosts() -> None:
    """B7: no key of the user's is offered, and no unknown host is trusted."""
    command = environment()["GIT_SSH_COMMAND"]

    for option in (
        "-F /dev/null",
        f"-o IdentityFile='{SSH}/id_ed25519'",
        "-o IdentitiesOnly='yes'",
        "-o StrictHostKeyChecking='yes'",
        f"-o UserKnownHostsFile='{SSH}/known_hosts'",
        "-o ConnectTimeout='9'",
    ):
        assert option in command


def test_what_a_person_typed_is_never_where_an_option_could_be() -> None:
    """B7: the address and the refs come after `--`."""
    evil, ref = Address("--upload-pack=id", "file"), Wanted("branch", "--x")
    for argv in (git.list_ref(evil, ref), git.list_heads(evil), git.fetch(HOME, evil, ["--x"])):
        assert argv.index("--") < argv.index("--upload-pack=id")
        assert "--x" not in argv[: argv.index("--")]
    assert git.resolve(HOME, "--x")[-2:] == ["--end-of-options", "--x^{commit}"]


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        ("fatal: write error: No space left on device", "The disk is full"),
        ("error: unable to write file x: Disk quota exceeded", "The disk is full"),
        ("fatal: could not read Username for 'https://x': terminal prompts disabled", "asks for credentials"),
        (
            "remote: Invalid username or password.\nfatal: Authentication failed for 'x'",
            "asks for credentials",
        ),
        ("git@x: Permission denied (publickey).\nfatal: Could not read from remote", "SSH key"),
        ('Load key "/x/id_ed25519": error in libcrypto', "SSH key"),
        ("Host key verification failed.\nfatal: Could not read from remote repository.", "host key"),
        ("ssh: Could not resolve hostname x: Name or service not known", "was not found"),
        ("fatal: unable to access 'x': Could not resolve host: x", "was not found"),
        ("ssh: connect to host x port 22: Connection refused", "could not be reached"),
        ("ssh: connect to host x port 22: No route to host", "could not be reached"),
        ("fatal: unable to access 'x': Failed to connect to x port 443", "could not be reached"),
        ("error: RPC failed; curl 28 Operation too slow. Less than 1000 bytes/sec", "could not be reached"),
        ("ERROR: Repository not found.\nfatal: Could not read from remote repository.", "no repository at"),
        ("fatal: repository 'https://x/' not found", "no repository at"),
        ("fatal: 'x' does not appear to be a git repository", "no repository at"),
        ("fatal: detected dubious ownership in repository at 'x'", "belongs to another user"),
        ("error: unable to create file x: Permission denied", "/srv/shop can't be written"),
    ],
)
def test_a_complaint_becomes_a_sentence(output: str, sentence: str) -> None:
    """B7: what is wrong, and what to do about it."""
    assert sentence in explain("remote: Enumerating objects: 5, done.\n" + output + "\n")


@pytest.mark.parametrize("number", ["1403", "403", "error 4030"])
def test_a_number_is_not_taken_for_a_status(number: str) -> None:
    """Progress is full of numbers, and none of them asks for credentials."""
    told = explain(f"remote: Counting objects: {number}, done.\nfatal: early EOF\nfatal: index-pack failed\n")

    assert told == "git could not fetch (exit 128): fatal: early EOF. See the log."


def test_what_is_not_known_is_told_in_gits_own_words() -> None:
    """The complaint itself, not the advice that follows it."""
    told = explain(
        "Receiving: 10%\rReceiving: 20%\r\nfatal: strange thing.\n\nPlease make sure\nit exists.\n"
    )

    assert told == "git could not fetch (exit 128): fatal: strange thing. See the log."


@pytest.mark.parametrize(
    ("output", "told"),
    [
        ("", "git could not fetch (exit 128). See the log."),
        ("\n \n", "git could not fetch (exit 128). See the log."),
        ("Killed\n", "git could not fetch (exit 128): Killed. See the log."),
    ],
)
def test_even_silence_is_a_sentence(output: str, told: str) -> None:
    assert explain(output) == told
