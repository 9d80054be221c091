"""Environments: the home page, one environment, making and changing one."""

from dataclasses import dataclass
from typing import cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import OuterRef, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from deployments import access, operations, wording
from deployments.access import Right
from deployments.errors import Failure
from deployments.models import Environment, Instance, Operation, WorkerHeartbeat
from deployments.web.forms import DeployForm, EnvironmentForm, NewEnvironmentForm

PAGE_LENGTH = 25
NOW_LENGTH = 20
# Failing first, running next, then by name.
_ORDER = {"failed": 0, "running": 1, "cancelling": 1, "pending": 2}


@dataclass(frozen=True)
class Row:
    """One line of the home page."""

    environment: Environment
    latest: Operation | None

    @property
    def state(self) -> str:
        return wording.state(self.latest) if self.latest else "new"


def find(request: HttpRequest, instance: str, name: str, right: Right = Right.VIEW) -> Environment:
    """Return an environment that the person may know of; otherwise 404, or 403 without the right."""
    found = access.environments(request.user).with_latest().filter(instance__name=instance, name=name).first()
    if found is None:
        raise Http404("There is no such environment.")
    access.require(request.user, right)
    return found


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    telling = Operation.objects.telling().filter(environment=OuterRef("pk"))
    latest = telling.order_by("-pk").values("pk")[:1]
    environments = list(
        access.environments(request.user).with_latest().annotate(latest_operation=Subquery(latest))
    )
    keys = [each.latest_operation for each in environments if each.latest_operation]
    found = Operation.objects.for_pages().in_bulk(keys)
    rows = [Row(each, found.get(each.latest_operation or 0)) for each in environments]
    rows.sort(key=lambda row: _ORDER.get(row.state, 3))
    return render(
        request,
        "home.html",
        {
            "rows": rows,
            "busy": any(row.state in ("running", "cancelling", "pending") for row in rows),
            "failing": sum(row.state == "failed" for row in rows),
            "unserved": _unserved({row.environment.instance.cluster for row in rows}),
        },
    )


@require_safe
def overview(request: HttpRequest, instance: str, name: str) -> HttpResponse:
    environment = find(request, instance, name)
    history = access.operations(request.user).filter(environment=environment)
    page = Paginator(history.final(), PAGE_LENGTH).get_page(request.GET.get("page"))
    now = list(history.open()[:NOW_LENGTH])
    return render(
        request,
        "environment/overview.html",
        {
            "environment": environment,
            "now": now,
            "more": history.open().count() - len(now),
            "page": page,
            "deploy_form": DeployForm(),
            "unserved": _unserved({environment.instance.cluster}),
        },
    )


@require_POST
def deploy(request: HttpRequest, instance: str, name: str) -> HttpResponse:
    environment = find(request, instance, name, Right.DEPLOY)
    form = DeployForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
        return redirect(environment)
    try:
        deployment = operations.deploy(
            environment,
            trigger=Operation.Trigger.MANUAL,
            requested_by=cast(User, request.user),
            wanted=form.cleaned_data["wanted"],
        )
    except Failure as failure:
        messages.error(request, str(failure))
        return redirect(environment)
    return redirect(deployment)


@require_http_methods(["GET", "HEAD", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    access.require(request.user, Right.CREATE)
    form = NewEnvironmentForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _save_new(form):
        messages.success(request, f"{form.instance} is there. Deploy it now, or add hooks first.")
        return redirect(form.instance)
    return render(
        request,
        "environment/new.html",
        {"form": form, "applications": Instance.objects.values_list("name", flat=True)},
        status=422 if form.is_bound else 200,
    )


def _save_new(form: NewEnvironmentForm) -> bool:
    environment = form.instance
    environment.instance = operations.find_or_begin_instance(form.cleaned_data["application"])
    try:
        operations.create_environment(environment, webroot=form.cleaned_data["webroot"])
    except ValidationError as error:
        of_instance = environment.instance._state.adding
        form.add_model_errors(
            {
                "application" if of_instance and field == "name" else field: messages_
                for field, messages_ in error.message_dict.items()
            }
        )
        return False
    except Failure as failure:
        form.add_error("webroot", str(failure))
        return False
    return True


@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HttpRequest, instance: str, name: str) -> HttpResponse:
    environment = find(request, instance, name, Right.CONFIGURE)
    form = EnvironmentForm(request.POST or None, instance=environment)
    if request.method == "POST" and form.is_valid():
        operations.change_environment(environment, form.changed_data)
        messages.success(request, "Saved. It applies from the next deployment on.")
        return redirect("environment-settings", instance, name)
    return render(
        request,
        "environment/settings.html",
        {"environment": environment, "form": form},
        status=422 if form.is_bound else 200,
    )


def _unserved(clusters: set[str]) -> list[str]:
    """Of these queues, those that no worker has served of late: what waits there waits for ever."""
    served = WorkerHeartbeat.objects.alive().filter(cluster__in=clusters)
    return sorted(clusters - set(served.values_list("cluster", flat=True)))
