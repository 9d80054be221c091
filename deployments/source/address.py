"""Repository addresses: which are accepted, and what a person may call them."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from deployments.errors import Failure

_SCP_LIKE = re.compile(r"(?P<user>[\w.-]+)@(?P<host>[\w.-]+|\[[0-9a-fA-F:]+\]):(?P<path>[^:].*)")
_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9a-fA-F:.]+")
EXAMPLES = "https://example.org/shop.git, git@example.org:team/shop.git or /srv/git/shop.git"


@dataclass(frozen=True)
class Address:
    """A repository's address that git may be given: `url` as git takes it, and its protocol."""

    url: str
    protocol: str

    @property
    def repository(self) -> str:
        """The repository's name as people say it: `owner/name` where the path has both."""
        match = _SCP_LIKE.fullmatch(self.url)
        path = match["path"] if match else urlsplit(self.url).path
        parts = [part for part in path.removesuffix("/").removesuffix(".git").split("/") if part]
        wanted = 1 if self.protocol == "file" else 2
        return "/".join(parts[-wanted:])


def parse(text: str, protocols: Collection[str]) -> Address:
    """Return the address in `text`, or raise `Failure` with the reason it is refused.

    Only addresses of the given protocols pass. `transport::address` (which runs a
    program), anything that git could read as an option, and addresses that carry a
    password never do.
    """
    address = _read(text.strip())
    if address.protocol not in protocols:
        allowed = ", ".join(protocols)
        raise Failure(
            f"This installation does not fetch over {address.protocol} (it accepts {allowed}). "
            "AMEZMO_GIT_PROTOCOLS decides."
        )
    return address


def _read(text: str) -> Address:
    _refuse_tricks(text)
    if text.startswith("/"):
        # git decodes %41 in an address; in a path it is four characters.
        return Address("file://" + text.replace("%", "%25"), "file")
    if "://" in text:
        return _read_url(text)
    if match := _SCP_LIKE.fullmatch(text):
        if match["path"].startswith("-"):
            raise Failure("The path in the repository's address can't begin with “-”.")
        return Address(text, "ssh")
    raise Failure(f"“{text}” is no repository's address. Use one such as {EXAMPLES}.")


def _refuse_tricks(text: str) -> None:
    if not text:
        raise Failure(f"A repository's address is needed, such as {EXAMPLES}.")
    if text.startswith("-"):
        raise Failure("A repository's address can't begin with “-”: git would take it for an option.")
    if any(character.isspace() or not character.isprintable() for character in text):
        raise Failure("The repository's address has white space or a control character in it.")
    if re.match(r"[A-Za-z0-9+.-]+::", text):
        raise Failure(
            "Addresses of the form “transport::address” run programs and are never accepted. "
            f"Use one such as {EXAMPLES}."
        )


def _refuse_encoded_tricks(text: str, user: str) -> None:
    """git decodes a whole address before it takes it apart: what it will see is looked at, not what is written."""
    if not unquote(text).isprintable():
        raise Failure("The repository's address has a control character in it, written with “%”.")
    user = unquote(user)
    # A slash or a bracket would end the host there: git would ask another one than was looked at here.
    if user.startswith("-") or any(mark in user for mark in "/[]"):
        raise Failure("The user in the repository's address can't begin with “-” or hold “/”, “[” or “]”.")


def _read_url(text: str) -> Address:
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 - raises on a port that is none
    except ValueError:
        raise Failure(f"“{text}” is no address: its host or port can't be read.") from None
    protocol = parts.scheme.lower()
    _refuse_encoded_tricks(text, parts.username or "")
    if protocol == "file":
        if parts.netloc or not parts.path.startswith("/"):
            raise Failure("A file:// address names an absolute path: file:///srv/git/shop.git.")
        return Address("file" + text[4:], "file")
    if parts.password is not None or (protocol.startswith("http") and parts.username):
        raise Failure(
            "The address has a password or token in it, which would be shown in logs. Use an "
            "SSH address with the installation's key (docs/howto/private-repositories.md)."
        )
    if not _HOST.fullmatch(parts.hostname or "") or (parts.hostname or "").startswith("-"):
        raise Failure(f"“{text}” names no host.")
    if parts.path.strip("/") == "":
        raise Failure(f"“{text}” names no repository. Use one such as {EXAMPLES}.")
    return Address(protocol + text[len(protocol) :], protocol)  # git knows no “HTTPS://”
