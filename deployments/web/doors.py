"""Every page takes signing in, save those that say otherwise themselves; and no page outlasts that."""

from collections.abc import Awaitable, Callable
from typing import Any, cast

from asgiref.sync import iscoroutinefunction
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import LogoutView
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

Answer = Callable[[HttpRequest], HttpResponseBase]
AnswerAsync = Callable[[HttpRequest], Awaitable[HttpResponseBase]]


class SignInRequired(LoginRequiredMiddleware):
    """Django's own, but an open door does not even ask who comes.

    That would take the database, and `/healthz` has to say that it is away.
    """

    def process_view(
        self, request: HttpRequest, view_func: Callable[..., Any], view_args: Any, view_kwargs: Any
    ) -> HttpResponseBase | None:
        if not getattr(view_func, "login_required", True):
            return None
        return super().process_view(request, view_func, view_args, view_kwargs)


@sync_and_async_middleware
def kept_private(get_response: Answer | AnswerAsync) -> Answer | AnswerAsync:
    """What is answered is for one person and this moment: no proxy keeps it, no browser shows it unasked.

    It stands behind WhiteNoise, whose files are everybody's and may be kept for good.
    """
    if iscoroutinefunction(get_response):

        async def answer_async(request: HttpRequest) -> HttpResponseBase:
            return _keep_private(await cast(AnswerAsync, get_response)(request))

        return answer_async

    def answer(request: HttpRequest) -> HttpResponseBase:
        return _keep_private(cast(Answer, get_response)(request))

    return answer


def _keep_private(response: HttpResponseBase) -> HttpResponseBase:
    response.headers.setdefault("Cache-Control", "private, no-cache")
    return response


class SignOut(LogoutView):
    """Django's own; and the browser forgets the pages and logs that it has kept."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().post(request, *args, **kwargs)
        response.headers["Clear-Site-Data"] = '"cache"'
        return response
