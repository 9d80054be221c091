"""A request's body ends at a limit, whoever sends it: asked of a real web process, in bytes."""

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.contrib.auth.models import User

from tests.support.web import running_web
from tests.support.worker import environment

LIMIT = 200_000
PASSWORD = "correct horse battery staple"
TOLD = b"That is too much: this dashboard takes 200,000 bytes at most.\n"


@pytest.fixture
def port(transactional_db: None) -> Iterator[int]:
    with running_web(environment("body-limit", AMEZMO_BODY_LIMIT=str(LIMIT))) as port:
        yield port


@contextmanager
def connection(port: int, *headers: str, target: str = "POST /sign-in") -> Iterator[socket.socket]:
    """A connection on which the head of a request has been sent."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as opened:
        head = [f"{target} HTTP/1.1", f"Host: localhost:{port}", *headers, "", ""]
        opened.sendall("\r\n".join(head).encode())
        yield opened


def answer(opened: socket.socket) -> tuple[int, str, bytes]:
    """The status, the headers and the body that come until the other side closes the connection."""
    received = b""
    while piece := opened.recv(65_536):
        received += piece
    head, _blank, body = received.partition(b"\r\n\r\n")
    return int(head.split()[1]), head.decode(), body


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def test_a_body_that_is_too_large_is_refused_by_what_it_says_of_itself(port: int) -> None:
    """Before any of it is sent, so that nothing of it can be kept; a proxy's own request is no other."""
    for length in (LIMIT + 1, 10**15):
        for target in ("POST /sign-in", "PUT /nowhere", "POST /healthz", "GET /static/css/dashboard.css"):
            with connection(port, f"Content-Length: {length}", target=target) as opened:
                status, head, body = answer(opened)
            assert (status, body) == (413, TOLD)
            assert "text/plain" in head


def test_a_body_that_does_not_say_how_large_it_is_is_counted(port: int) -> None:
    """In chunks, as many as come: it is refused with the first byte that is too much, and not at the end."""
    with connection(port, "Transfer-Encoding: chunked") as opened:
        for _ in range(4):
            opened.sendall(chunk(b"x" * (LIMIT // 4)))
        opened.settimeout(0.5)
        with pytest.raises(TimeoutError):
            opened.recv(1)  # all that is allowed has been sent: it waits for the end
        opened.settimeout(20)
        opened.sendall(chunk(b"x"))
        status, _head, body = answer(opened)
    assert (status, body) == (413, TOLD)


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_of_just_the_limit_is_read(port: int, chunked: bool) -> None:
    """As a form without its token, which is refused for that."""
    how = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {LIMIT}"
    body = b"a=" + b"x" * (LIMIT - 2)
    form = "Content-Type: application/x-www-form-urlencoded"
    with connection(port, how, form, "Connection: close") as opened:
        opened.sendall(chunk(body) + b"0\r\n\r\n" if chunked else body)
        assert answer(opened)[0] == 403


def test_a_form_is_still_taken(port: int) -> None:
    """Signing in, as a browser does it: the page's token, its cookie, and a session in return."""
    User.objects.create_user("ada", password=PASSWORD)
    with connection(port, "Connection: close", target="GET /sign-in") as opened:
        status, head, page = answer(opened)
    assert status == 200
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.decode())
    cookie = re.search(r"csrftoken=\w+", head)
    assert token
    assert cookie
    body = f"csrfmiddlewaretoken={token[1]}&username=ada&password={PASSWORD.replace(' ', '+')}".encode()
    form = "Content-Type: application/x-www-form-urlencoded"
    with connection(
        port, form, f"Cookie: {cookie[0]}", f"Content-Length: {len(body)}", "Connection: close"
    ) as opened:
        opened.sendall(body)
        status, head, _body = answer(opened)
    assert status == 302
    assert "sessionid=" in head
