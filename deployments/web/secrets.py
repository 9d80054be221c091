"""Secrets: added and deleted, never shown (B27)."""

import re
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from deployments import operations
from deployments.access import Right
from deployments.errors import Failure
from deployments.hooks.masking import SHORTEST
from deployments.models import Environment, Secret
from deployments.models.secret import LARGEST
from deployments.vault import Hidden
from deployments.web.environments import find

_ATTRIBUTES = {"spellcheck": "false", "autocapitalize": "off", "autocomplete": "off"}


class Unreturned(forms.Textarea):
    """What was typed here is never put back into a page."""

    def get_context(self, name: str, _value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        return super().get_context(name, "", attrs)


class SecretForm(forms.Form):
    """A name and a value."""

    name = forms.CharField(
        max_length=100,
        help_text="The variable's name in hooks, such as DEPLOY_TOKEN.",
        widget=forms.TextInput(attrs={**_ATTRIBUTES, "class": "code"}),
    )
    value = forms.CharField(
        strip=False,
        help_text="It is encrypted, and not shown again. A key of several lines keeps its line ends.",
        widget=Unreturned(attrs={**_ATTRIBUTES, "rows": 4, "class": "code wide"}),
    )

    def clean_value(self) -> Hidden:
        # Browsers send CRLF; keys are made of lines that end in LF.
        value = str(self.cleaned_data["value"]).replace("\r\n", "\n")
        if len(value.encode()) > LARGEST:
            raise forms.ValidationError(f"A secret has at most {LARGEST // 1024} KB.")
        return Hidden(value)


@sensitive_post_parameters("value")
@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest, instance: str, name: str) -> HttpResponse:
    environment = find(request, instance, name, Right.CONFIGURE)
    form = SecretForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _add(request, environment, form):
        return redirect("environment-secrets", instance, name)
    return render(
        request,
        "environment/secrets.html",
        {"environment": environment, "form": form, "secrets": _with_mentions(environment)},
        status=422 if form.is_bound else 200,
    )


def _add(request: HttpRequest, environment: Environment, form: SecretForm) -> bool:
    value: Hidden = form.cleaned_data["value"]
    try:
        secret = operations.add_secret(
            environment, form.cleaned_data["name"], value, created_by=cast(User, request.user)
        )
    except ValidationError as error:
        for messages_ in error.message_dict.values():
            form.add_error("name", " ".join(messages_))
        return False
    except Failure as failure:
        form.add_error(None, str(failure))
        return False
    messages.success(request, f"{secret.name} is kept. Hooks are given it from the next operation on.")
    if not secret.maskable:
        messages.warning(
            request,
            f"{secret.name} has fewer than {SHORTEST} characters, too few to be masked in logs: "
            "a hook that prints it shows it.",
        )
    return True


def _with_mentions(environment: Environment) -> list[tuple[Secret, list[str]]]:
    """Each secret, and the dashboard's hooks whose script has its name."""
    hooks = list(environment.hooks.all())
    return [
        (secret, [str(hook) for hook in hooks if re.search(rf"\b{secret.name}\b", hook.script)])
        for secret in environment.secrets.select_related("created_by").defer("sealed")
    ]


@require_POST
def remove(request: HttpRequest, instance: str, name: str, pk: int) -> HttpResponse:
    environment = find(request, instance, name, Right.CONFIGURE)
    secret = get_object_or_404(environment.secrets, pk=pk)
    secret.delete()
    messages.success(request, f"{secret.name} was deleted.")
    return redirect("environment-secrets", instance, name)
