"""The .env of an environment: edited, kept in versions, compared, restored (B25, B26)."""

import difflib
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from deployments import operations
from deployments.access import Right
from deployments.errors import Failure
from deployments.models import ConfigurationChange, DotenvVersion, Environment
from deployments.web.environments import find
from deployments.webroot.dotenv import LARGEST, doubts

VERSIONS_SHOWN = 20
_ENDS = [("lf", "LF (Unix)"), ("crlf", "CRLF (Windows)")]


class DotenvForm(forms.Form):
    """The text, or a file of exact bytes: browsers can't send a text's own line ends."""

    says_optional = False  # an empty .env is one too

    text = forms.CharField(
        label=".env",
        required=False,
        strip=False,
        widget=forms.Textarea(
            attrs={"rows": 16, "class": "code wide", "spellcheck": "false", "autocomplete": "off"}
        ),
    )
    ends = forms.ChoiceField(label="line ends", choices=_ENDS, required=False)
    file = forms.FileField(
        label="or a file",
        required=False,
        allow_empty_file=True,
        help_text="Taken byte for byte, in the place of the text above.",
    )

    def content(self) -> bytes:
        """The bytes to keep."""
        if (upload := self.cleaned_data["file"]) is not None:
            return bytes(upload.read(LARGEST + 1))
        text = str(self.cleaned_data["text"]).replace("\r\n", "\n")
        return text.replace("\n", "\r\n" if self.cleaned_data["ends"] == "crlf" else "\n").encode()


@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest, instance: str, name: str) -> HttpResponse:
    environment = find(request, instance, name, Right.CONFIGURE)
    newest = environment.dotenv_versions.first()
    form = DotenvForm(request.POST or None, request.FILES or None, initial=_initial(environment, newest))
    if request.method == "POST" and form.is_valid():
        change = _save(request, environment, form)
        if change is not None:
            return redirect(change)
    versions = environment.dotenv_versions.select_related("created_by").defer("content")
    page = Paginator(versions, VERSIONS_SHOWN).get_page(request.GET.get("page"))
    told = {
        "environment": environment,
        "form": form,
        "newest": newest,
        "binary": newest is not None and not _is_text(newest),
        "doubts": doubts(bytes(newest.content)) if newest else [],
        "page": page,
    }
    return render(request, "environment/dotenv.html", told, status=422 if form.is_bound else 200)


def _save(request: HttpRequest, environment: Environment, form: DotenvForm) -> ConfigurationChange | None:
    try:
        return operations.save_dotenv(environment, form.content(), requested_by=cast(User, request.user))
    except Failure as failure:
        form.add_error("file" if form.cleaned_data["file"] else "text", str(failure))
        return None


def _initial(environment: Environment, newest: DotenvVersion | None) -> dict[str, Any]:
    if newest is None:
        return {"text": draft(environment), "ends": "lf"}
    content = bytes(newest.content)
    return {
        "text": content.decode() if _is_text(newest) else "",
        "ends": "crlf" if b"\r\n" in content else "lf",
    }


def draft(environment: Environment) -> str:
    """What a new environment's .env begins with, to be accepted or changed."""
    layout = environment.layout
    return (
        f"APP_HOSTNAME={environment.app_domain}\n"
        f"STORAGE_DIRECTORY={layout.storage}\n"
        f"LOG_DIRECTORY={layout.logs}\n"
        f"NODE_ENV={environment.name}\n"
        f"AMEZMO_ENVIRONMENT={environment.name}\n"
    )


def _is_text(version: DotenvVersion) -> bool:
    """Whether a textarea can hold it without changing it."""
    content = bytes(version.content)
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return False
    mixed = b"\r\n" in content and b"\n" in content.replace(b"\r\n", b"")
    return not mixed and "\0" not in text and b"\r" not in content.replace(b"\r\n", b"")


@require_safe
def version(request: HttpRequest, instance: str, name: str, number: int) -> HttpResponse:
    environment = find(request, instance, name, Right.CONFIGURE)
    shown = get_object_or_404(environment.dotenv_versions, number=number)
    return render(
        request,
        "environment/dotenv_version.html",
        {"environment": environment, "version": shown, "difference": _difference(environment, shown)},
    )


def _difference(environment: Environment, shown: DotenvVersion) -> list[tuple[str, str]]:
    """From what is in force to this version: (added, removed or same; the line)."""
    in_force = bytes(environment.dotenv.content) if environment.dotenv else b""
    old, new = (_shown_lines(content) for content in (in_force, bytes(shown.content)))
    kinds = {"+": "added", "-": "removed", " ": "same"}
    return [(kinds[line[0]], line[2:]) for line in difflib.ndiff(old, new) if line[0] in kinds]


def _shown_lines(content: bytes) -> list[str]:
    text = content.decode("utf-8", "backslashreplace")
    return [line.replace("\r", "␍") for line in text.split("\n")]


@require_safe
def raw(request: HttpRequest, instance: str, name: str, number: int) -> HttpResponse:
    environment = find(request, instance, name, Right.CONFIGURE)
    shown = get_object_or_404(environment.dotenv_versions, number=number)
    response = HttpResponse(bytes(shown.content), content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="{instance}-{name}-{number}.env"'
    return response


@require_POST
def restore(request: HttpRequest, instance: str, name: str, number: int) -> HttpResponse:
    environment = find(request, instance, name, Right.CONFIGURE)
    old = get_object_or_404(environment.dotenv_versions, number=number)
    change = operations.save_dotenv(
        environment, bytes(old.content), requested_by=cast(User, request.user), restored_from=old
    )
    messages.success(request, f"Version {number} is saved anew; this puts it in force.")
    return redirect(change)
