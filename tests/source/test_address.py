"""Repository addresses: which are accepted, which never, and what they are called."""

import pytest

from deployments.errors import Failure
from deployments.source.address import Address, parse

DEFAULT = ("https", "ssh", "file")


@pytest.mark.parametrize(
    ("text", "url", "protocol"),
    [
        ("https://example.org/team/shop.git", None, "https"),
        ("https://example.org:8443/team/shop", None, "https"),
        ("ssh://git@example.org/team/shop.git", None, "ssh"),
        ("ssh://git@example.org:2222/team/shop.git", None, "ssh"),
        ("ssh://git@[2001:db8::1]:2222/team/shop.git", None, "ssh"),
        ("https://[::1]/team/shop.git", None, "https"),
        ("git@example.org:team/shop.git", None, "ssh"),
        ("git@[2001:db8::1]:team/shop.git", None, "ssh"),
        ("deploy.bot@host:/srv/git/shop.git", None, "ssh"),
        ("/srv/git/shop.git", "file:///srv/git/shop.git", "file"),
        ("file:///srv/git/shop.git", None, "file"),
        ("  /srv/git/shop.git\n", "file:///srv/git/shop.git", "file"),
        ("HTTPS://example.org/team/shop.git", "https://example.org/team/shop.git", "https"),
        ("FILE:///srv/git/Shop.git", "file:///srv/git/Shop.git", "file"),
    ],
)
def test_an_address_is_accepted(text: str, url: str | None, protocol: str) -> None:
    assert parse(text, DEFAULT) == Address(url or text, protocol)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("https://example.org/team/shop.git", "team/shop"),
        ("https://example.org/group/subgroup/shop.git", "subgroup/shop"),
        ("https://example.org:8443/shop.git", "shop"),
        ("https://example.org/team/shop/", "team/shop"),
        ("ssh://git@example.org:2222/shop.git", "shop"),
        ("ssh://git@[2001:db8::1]:2222/shop.git", "shop"),
        ("git@example.org:team/shop.git", "team/shop"),
        ("git@[2001:db8::1]:shop.git", "shop"),
        ("git@example.org:/srv/git/shop.git", "git/shop"),
        ("/srv/git/shop.git", "shop"),
        ("file:///srv/git/shop/.git", "shop"),
    ],
)
def test_a_repository_is_called_as_people_call_it(text: str, name: str) -> None:
    """B19: what a hook sees as REPO_NAME."""
    assert parse(text, DEFAULT).repository == name


@pytest.mark.parametrize(
    "text",
    [
        "ext::sh",
        "ext::sh%20-c%20id",
        "EXT::sh",
        "fd::17",
        "git-remote-x::y",
        "ssh::git@example.org",
        "https::https://example.org/x",
        "ext::/srv/git/shop.git",
    ],
)
def test_a_transport_that_runs_a_program_is_never_accepted(text: str) -> None:
    """B7: not even where every protocol is allowed."""
    with pytest.raises(Failure, match="run programs and are never accepted"):
        parse(text, (*DEFAULT, "ext", "fd", "git-remote-x"))


@pytest.mark.parametrize(
    "text", ["-x", "--upload-pack=id", "--upload-pack=touch /tmp/x", "-oProxyCommand=id", "-u@example.org:x"]
)
def test_what_git_could_read_as_an_option_is_never_accepted(text: str) -> None:
    with pytest.raises(Failure, match="can't begin with “-”"):
        parse(text, DEFAULT)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("ssh://-oProxyCommand=id/x", "names no host"),
        ("ssh://-oProxyCommand/x", "names no host"),
        ("ssh://git@-oProxyCommand/x", "names no host"),
        ("https://-x/y", "names no host"),
        ("ssh://-x@example.org/y", "names no repository"),
        ("git@example.org:-x", "can't begin with “-”"),
        ("git@example.org:--upload-pack=id", "can't begin with “-”"),
    ],
)
def test_no_part_of_an_address_can_be_an_option_of_ssh(text: str, reason: str) -> None:
    with pytest.raises(Failure, match=reason):
        parse(text, DEFAULT)


@pytest.mark.parametrize(
    "text",
    [
        "https://ada:secret@example.org/shop.git",
        "https://secret@example.org/shop.git",
        "https://ada:@example.org/shop.git",
        "ssh://git:secret@example.org/shop.git",
    ],
)
def test_a_password_in_an_address_is_refused_and_not_repeated(text: str) -> None:
    """B27: the message that says so is shown and logged, so it does not hold the password."""
    with pytest.raises(Failure, match="password or token in it") as refusal:
        parse(text, DEFAULT)

    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize(
    "text",
    [
        "https://example.org/sh op.git",
        "https://example.org/shop.git\n--upload-pack=id",
        "ext::sh -c id",
        "git@example.org:sh\top",
        "/srv/git/sh\0op.git",
        "/srv/git/sh\x1b[31mop.git",
        "/srv/git/sh\u2028op.git",
        "/srv/git/sh\u202eop.git",
        "/srv/git/sh\udcffop.git",
    ],
)
def test_white_space_and_control_characters_are_refused(text: str) -> None:
    with pytest.raises(Failure, match="white space or a control character"):
        parse(text, DEFAULT)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "shop",
        "shop.git",
        "./shop.git",
        "../shop.git",
        "~/shop.git",
        "example.org:team/shop.git",
        "git@example.org",
        "git@example.org:",
        "@example.org:shop",
        "C:\\shop",
        "://example.org/x",
        "https://",
        "https:///shop.git",
        "https://example.org",
        "https://example.org/",
        "https://exa$mple.org/shop.git",
        "https://example.org:port/shop.git",
        "https://example.org:99999/shop.git",
        "https://[::1/shop.git",
        "https://[]/shop.git",
        "file://example.org/shop.git",
        "file://shop.git",
        "file:shop.git",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(Failure):
        parse(text, (*DEFAULT, ""))


@pytest.mark.parametrize(
    ("text", "protocol"),
    [
        ("/srv/git/shop.git", "file"),
        ("file:///srv/git/shop.git", "file"),
        ("git@example.org:shop.git", "ssh"),
        ("http://example.org/shop.git", "http"),
        ("git://example.org/shop.git", "git"),
        ("ftp://example.org/shop.git", "ftp"),
        ("javascript://example.org/shop.git", "javascript"),
    ],
)
def test_a_protocol_that_is_not_allowed_is_refused(text: str, protocol: str) -> None:
    """B7: the message names the setting that decides."""
    with pytest.raises(Failure, match=rf"does not fetch over {protocol} .*AMEZMO_GIT_PROTOCOLS"):
        parse(text, ("https",))
