"""The hooks that the dashboard keeps, and the events at which they run."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from deployments.access import Right
from deployments.hooks.catalog import CATALOG
from deployments.models import Environment, Hook
from deployments.web.environments import find
from deployments.web.forms import HookForm


@require_safe
def index(request: HttpRequest, instance: str, name: str) -> HttpResponse:
    environment = find(request, instance, name, Right.CONFIGURE)
    hooks = list(environment.hooks.all())
    by_event = [(event, [hook for hook in hooks if hook.event == event.name]) for event in CATALOG]
    return render(request, "environment/hooks.html", {"environment": environment, "by_event": by_event})


@require_http_methods(["GET", "HEAD", "POST"])
def create(request: HttpRequest, instance: str, name: str) -> HttpResponse:
    environment = find(request, instance, name, Right.CONFIGURE)
    hook = Hook(environment=environment, event=request.GET.get("event", ""))
    return _edit(request, environment, hook, "is there. It runs from the next deployment on.")


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, instance: str, name: str, pk: int) -> HttpResponse:
    environment = find(request, instance, name, Right.CONFIGURE)
    hook = get_object_or_404(environment.hooks, pk=pk)
    return _edit(request, environment, hook, "is saved. It applies from the next deployment on.")


def _edit(request: HttpRequest, environment: Environment, hook: Hook, told: str) -> HttpResponse:
    form = HookForm(request.POST or None, instance=hook)
    if request.method == "POST" and form.is_valid():
        saved = form.save()
        messages.success(request, f"“{saved.name}” {told}")
        return redirect("environment-hooks", environment.instance.name, environment.name)
    return render(
        request,
        "environment/hook.html",
        {"environment": environment, "form": form, "hook": hook, "events": CATALOG},
        status=422 if form.is_bound else 200,
    )


@require_POST
def remove(request: HttpRequest, instance: str, name: str, pk: int) -> HttpResponse:
    environment = find(request, instance, name, Right.CONFIGURE)
    hook = get_object_or_404(environment.hooks, pk=pk)
    hook.delete()
    messages.success(request, f"“{hook.name}” was removed.")
    return redirect("environment-hooks", instance, name)
