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
        ("ssh://-x@example.org/y", "can't begin with “-”"),
        ("ssh://%2DoProxyCommand=id@example.org/x", "can't begin with “-”"),
        ("ssh://%2doProxyCommand=id@example.org/x", "can't begin with “-”"),
        ("ssh://%5B-oProxyCommand=id%5D@example.org/x", "can't begin with “-”"),
        ("ssh://git@%2DoProxyCommand=id/x", "names no host"),
        ("git@example.org:-x", "can't begin with “-”"),
        ("git@example.org:--upload-pack=id", "can't begin with “-”"),
    ],
)
def test_no_part_of_an_address_can_be_an_option_of_ssh(text: str, reason: str) -> None:
    with pytest.raises(Failure, match=reason):
        parse(text, DEFAULT)


@pytest.mark.parametrize("user", ["evil.example%2Fx", "%5Bevil.example%5D", "evil.example%2f"])
def test_git_asks_no_other_host_than_the_one_that_was_looked_at(user: str) -> None:
    """It decodes an address before it takes it apart: at the slash its host would end."""
    with pytest.raises(Failure, match="can't begin with “-” or hold “/”"):
        parse(f"ssh://{user}@example.org/shop.git", DEFAULT)


@pytest.mark.parametrize(
    "text",
    [
        "ssh://git@example.org/sh%0Aop.git",
        "ssh://gi%00t@example.org/shop.git",
        "ssh://git@exam%1bple.org/shop.git",
        "https://example.org/sh%1B[31mop.git",
        "https://example.org/shop.git?%0a",
        "file:///srv/git/sh%0dop.git",
        "file:///srv/git/sh%E2%80%AEop.git",
    ],
)
def test_a_control_character_is_refused_in_any_writing(text: str) -> None:
    """git decodes it, and shows it in its messages."""
    with pytest.raises(Failure, match="control character in it, written with “%”"):
        parse(text, DEFAULT)


def test_a_space_may_be_written_with_a_percent_sign() -> None:
    """As in the addresses that some forges give out."""
    text = "https://example.org/Team%20One/Größe%20%28new%29.git"
    assert parse(text, DEFAULT).url == text


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
