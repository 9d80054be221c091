"""What is shown when something can't be: in the voice of every other page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form came without its token: an old page, or another site."""
    return render(request, "403_csrf.html", status=403)
