"""How git is told what to do: its environment, its commands, and what its complaints mean.

Nothing here runs anything. A person's string is only ever an argument behind `--` or a
checked ref name, never an option.
"""

import re
import shutil
from collections.abc import Collection
from pathlib import Path

from deployments.source.address import Address
from deployments.source.refs import Wanted

NO_SUCH_REF = 2  # git ls-remote --exit-code

QUIET = ("-c", "gc.auto=0", "-c", "maintenance.auto=false", "-c", "core.hooksPath=/dev/null")


def environment(
    *, home: Path, ssh: Path, protocols: Collection[str], path: str, connect_seconds: float
) -> dict[str, str]:
    """The whole environment of a git process: nothing of the user's or the system's settings.

    `ssh` holds the installation's own `id_ed25519` and `known_hosts`.
    """
    options = {
        "BatchMode": "yes",
        "ConnectTimeout": str(int(connect_seconds)),
        "IdentitiesOnly": "yes",
        "IdentityFile": str(ssh / "id_ed25519"),
        "StrictHostKeyChecking": "yes",
        "UserKnownHostsFile": str(ssh / "known_hosts"),
    }
    command = " ".join(f"-o {name}='{value}'" for name, value in options.items())
    return {
        "PATH": path,
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "/bin/false",
        "SSH_ASKPASS": "/bin/false",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "safe.directory",
        "GIT_CONFIG_VALUE_0": "*",
        "GIT_ALLOW_PROTOCOL": ":".join(protocols),
        "GIT_SSH_COMMAND": f"ssh -F /dev/null {command}",
    }


def init(mirror: Path) -> list[str]:
    return ["git", "init", "--quiet", "--bare", "--template=", str(mirror)]


def list_ref(address: Address, wanted: Wanted) -> list[str]:
    """Ask the remote for one ref, and for the commit behind it where it is an annotated tag."""
    return ["git", "ls-remote", "--exit-code", "--", address.url, wanted.ref, wanted.ref + "^{}"]


def list_heads(address: Address) -> list[str]:
    return ["git", "ls-remote", "--heads", "--", address.url]


def fetch(mirror: Path, address: Address, refspecs: Collection[str]) -> list[str]:
    """Fetch exactly `refspecs`: no tags that nobody asked for, and no garbage collection.

    Of a pattern's refs those that are gone there go first: their names may be in the way.
    """
    return [
        "git", f"--git-dir={mirror}", *QUIET,
        "-c", "http.lowSpeedLimit=1000", "-c", "http.lowSpeedTime=60",
        "fetch", "--no-tags", "--no-write-fetch-head", "--force", "--prune", "--progress",
        "--no-recurse-submodules", "--no-auto-maintenance", "--", address.url, *refspecs,
    ]  # fmt: skip


def resolve(mirror: Path, revision: str) -> list[str]:
    """Print the full hash of the commit that `revision` (a hash or a full ref) names."""
    return [
        "git", f"--git-dir={mirror}", "rev-parse", "--verify", "--quiet", "--end-of-options",
        revision + "^{commit}",
    ]  # fmt: skip


def read_tree(mirror: Path, tree: Path, index: Path, commit: str) -> tuple[list[str], dict[str, str]]:
    """Write exactly the commit's tree into an empty directory (B4), by a private index.

    `git archive` would drop `export-ignore` paths and expand `export-subst`.
    """
    command = [
        "git", *QUIET, "-c", "core.bare=false", "-c", "checkout.workers=2",
        "-c", "core.symlinks=true", "-c", "core.fileMode=true", "-c", "submodule.recurse=false",
        "read-tree", "-m", "-u", commit,
    ]  # fmt: skip
    return command, _at(mirror, tree, index)


def list_index(mirror: Path, tree: Path, index: Path, *pathspec: str) -> tuple[list[str], dict[str, str]]:
    """Print the index's entries, NUL between them: `<mode> <object> <stage>TAB<path>`."""
    return ["git", "ls-files", "-z", "--stage", "--", *pathspec], _at(mirror, tree, index)


def _at(mirror: Path, tree: Path, index: Path) -> dict[str, str]:
    return {"GIT_DIR": str(mirror), "GIT_WORK_TREE": str(tree), "GIT_INDEX_FILE": str(index)}


# What git prints, and what its reader can do about it. The first that matches speaks.
_COMPLAINTS: tuple[tuple[str, str], ...] = (
    (
        r"No space left on device|Disk quota exceeded",
        "The disk is full. Free some space on the file system of {where} and deploy again.",
    ),
    (
        r"unable to write|write error",
        "git could not write to {where}: the disk is full, or its file system refuses ({free} MB are "
        "free). Free some space and deploy again.",
    ),
    (
        r"could not read Username|Authentication failed|Invalid username or|error: 403",
        "The repository at {url} asks for credentials. Use its SSH address, and add the "
        "installation's public key there (docs/howto/private-repositories.md).",
    ),
    (
        r"Permission denied \(publickey|no mutual signature|Load key",
        "The host of {url} did not accept the installation's SSH key. Add its public half "
        "there (docs/howto/private-repositories.md).",
    ),
    (
        r"Host key verification failed",
        "The host key of {url} is not known here. Compare its fingerprint and add it to "
        "known_hosts (docs/howto/private-repositories.md).",
    ),
    (
        r"Could not resolve host(?:name)?",
        "The host of {url} was not found. Check the address, and this host's DNS.",
    ),
    (
        r"Failed to connect|Connection (?:refused|timed out|reset)|No route to host|unreachable"
        r"|Couldn't connect|Operation too slow",
        "The host of {url} could not be reached. Check the address and the network, and deploy again.",
    ),
    (
        r"transport '.*' not allowed",
        "The repository sent git to a protocol that this installation does not accept.",
    ),
    (
        r"dubious ownership",
        "git refuses {url}, because it belongs to another user than the one that git runs as here. "
        "Give it to that user, or fetch it over SSH or HTTPS.",
    ),
    (
        r"[Rr]epository (?:'.*' )?not found|does not appear to be a git repository"
        r"|does not exist|not a git repository|invalid gitfile|Repository not found|error: 404",
        "There is no repository at {url}, or it may not be read from here. Check the address.",
    ),
    (
        r"Permission denied",
        "{where} can't be written by the worker. Give it to the worker's user.",
    ),
)


def explain(output: str, *, url: str, where: Path, doing: str, exit_code: int | None) -> str:
    """Return the sentence for what git printed before it failed with `exit_code`."""
    for pattern, sentence in _COMPLAINTS:
        if re.search(pattern, output):
            return sentence.format(url=url, where=where, free=_free_megabytes(where))
    # What went wrong comes first; what follows is advice.
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    said = next(
        (line for line in lines if line.startswith(("fatal: ", "error: "))), lines[-1] if lines else ""
    )
    return f"git could not {doing} (exit {exit_code}){': ' + said.rstrip('.') if said else ''}. See the log."


def _free_megabytes(where: Path) -> int:
    try:
        return shutil.disk_usage(where).free // 2**20
    except OSError:
        return 0
