"""What is shown when something can't be: in the voice of every other page.

These pages never look at the request. Django's own ask it for a CSRF token, which reads its body
anew: if that is what could not be read, the error page fails as well.
"""

from django.http import HttpRequest, HttpResponse
from django.template import loader


def bad_request(_request: HttpRequest, exception: Exception) -> HttpResponse:
    """An address, a host name or a body that makes no sense."""
    return _page("400.html", 400)


def permission_denied(_request: HttpRequest, exception: Exception) -> HttpResponse:
    """Somebody who may know of a thing may not do this to it."""
    return _page("403.html", 403)


def page_not_found(_request: HttpRequest, exception: Exception) -> HttpResponse:
    """There is no such thing, or none that this person may know of."""
    return _page("404.html", 404)


def server_error(_request: HttpRequest) -> HttpResponse:
    """A fault of the program; its own log has the details."""
    return _page("500.html", 500)


def csrf_failure(_request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form came without its token: an old page, or another site."""
    return _page("403_csrf.html", 403)


def _page(name: str, status: int) -> HttpResponse:
    return HttpResponse(loader.get_template(name).render(), status=status)
