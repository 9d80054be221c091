"""Bodies that are too large are refused while they come in.

Django's own limits hold once a body has been received, and it writes all of that to disk first:
also for whoever has not signed in.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

Scope = dict[str, Any]
Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class BodyLimit:
    """An ASGI application in front of another: requests whose body has more than `limit` bytes end here."""

    def __init__(self, application: Application, limit: int) -> None:
        self._application = application
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._application(scope, receive, send)
        elif _declared(scope) > self._limit:
            await self._refuse(send)
        else:
            await self._counting(scope, receive, send)

    async def _counting(self, scope: Scope, receive: Receive, send: Send) -> None:
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            # Django then drops what it has, and answers nothing: it answers only a whole request.
            return message if received <= self._limit else {"type": "http.disconnect"}

        await self._application(scope, counted, send)
        if received > self._limit:
            await self._refuse(send)

    async def _refuse(self, send: Send) -> None:
        told = f"That is too much: this dashboard takes {self._limit:,} bytes at most.\n".encode()
        headers = [
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"content-length", str(len(told)).encode()),
            (b"x-content-type-options", b"nosniff"),
            (b"connection", b"close"),  # the rest of the body is not read
        ]
        await send({"type": "http.response.start", "status": 413, "headers": headers})
        await send({"type": "http.response.body", "body": told})


def _declared(scope: Scope) -> int:
    """The length that the request says it has; 0 where it does not (servers refuse what is no number)."""
    values = [value for name, value in scope["headers"] if name == b"content-length" and value.isdigit()]
    return max(map(int, values), default=0)
