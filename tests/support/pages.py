"""Every page of the dashboard, in every state that changes its HTML: what rules for all are tested on."""

from collections.abc import Callable

from django.contrib.auth.models import User
from django.http import HttpResponseBase
from django.test import Client

from deployments import operations
from deployments.models import Environment, Hook, Operation
from deployments.vault import Hidden
from tests.support.cast import signed_in
from tests.support.history import COMMIT, a_step, an_operation, make_live

HERE = "/environments/shop/production/"
Visit = Callable[[Environment, Client, str], HttpResponseBase]


def _deployment(status: str) -> Visit:
    def visit(environment: Environment, browser: Client, nasty: str) -> HttpResponseBase:
        live = an_operation(environment, **_told(nasty))
        make_live(live)
        blocking = an_operation(environment, "running", **_told(nasty)) if status == "pending" else live
        shown = blocking if status == "running" else an_operation(environment, status, **_told(nasty))
        if status != "pending":
            _steps(shown, nasty, running=status == "running")
        return browser.get(shown.get_absolute_url())

    return visit


def _told(nasty: str) -> dict[str, object]:
    teller, _made = User.objects.get_or_create(username=f"teller {nasty}")
    return {
        "commit": COMMIT, "commit_subject": nasty, "commit_author": nasty, "message": nasty,
        "wanted_name": nasty, "branch": nasty, "requested_by": teller,
    }  # fmt: skip


def _steps(operation: Operation, nasty: str, *, running: bool) -> None:
    a_step(operation, "fetch", log=f"{nasty}\n\x1b[31m{nasty}\x1b[0m\n{nasty}", source=nasty)
    a_step(operation, "after.pull", status="warning", exit_code=2, message=nasty, log=f"{nasty}\n")
    status = "running" if running else "failed"
    a_step(operation, "before.deploy", status=status, message=nasty, source=nasty, log=f"{nasty}\n{nasty}")


def _live(environment: Environment, browser: Client, nasty: str) -> HttpResponseBase:
    operation = an_operation(environment, "running", **_told(nasty))
    _steps(operation, nasty, running=True)
    return browser.get(f"{operation.get_absolute_url()}live?after=1:2")


def _full(address: str) -> Visit:
    def visit(environment: Environment, browser: Client, nasty: str) -> HttpResponseBase:
        make_live(an_operation(environment, **_told(nasty)))
        for status in ("failed", "cancelled", "running", "pending"):
            an_operation(environment, status, **_told(nasty))
        Environment.objects.update(branch=nasty[:255])
        Hook.objects.create(environment=environment, event="after.pull", name=nasty[:100], script=nasty)
        return browser.get(address)

    return visit


def _get(address: str) -> Visit:
    return lambda _environment, browser, _nasty: browser.get(address)


def _post(address: str) -> Visit:
    """Every field wrong, and its value in the page again."""

    def visit(_environment: Environment, browser: Client, nasty: str) -> HttpResponseBase:
        fields = (
            "application name repository branch webroot app_type app_domain event script position seconds"
        )
        return browser.post(address, {field: nasty for field in fields.split() if field != "script" or nasty})

    return visit


def _edit_hook(environment: Environment, browser: Client, nasty: str) -> HttpResponseBase:
    hook = Hook.objects.create(environment=environment, event="after.pull", name=nasty[:100], script=nasty)
    return browser.get(f"{HERE}hooks/{hook.pk}")


def _dotenv(address: str) -> Visit:
    def visit(environment: Environment, browser: Client, nasty: str) -> HttpResponseBase:
        for content in (f"A={nasty}\nA='x\n", f"B={nasty}\n"):
            change = operations.save_dotenv(environment, content.encode("utf-8", "replace"))
        change.record_dotenv()
        return browser.get(change.get_absolute_url() if address == "/deployments/" else address)

    return visit


def _secrets(environment: Environment, browser: Client, nasty: str) -> HttpResponseBase:
    operations.add_secret(environment, "TOKEN", Hidden("a token"))
    Hook.objects.create(environment=environment, event="after.pull", name=nasty[:100], script="$TOKEN")
    return browser.get(f"{HERE}secrets")


def _refused_deploy(_environment: Environment, browser: Client, nasty: str) -> HttpResponseBase:
    return browser.post(f"{HERE}deployments", {"kind": "branch", "name": f"a b {nasty}"}, follow=True)


def _as_nobody(method: str, address: str) -> Visit:
    def visit(_environment: Environment, _browser: Client, nasty: str) -> HttpResponseBase:
        browser = signed_in(None)
        data = {"username": nasty, "password": nasty, "next": f"/{nasty}"}
        response: HttpResponseBase = getattr(browser, method)(address, data)
        return response

    return visit


def _without_token(_environment: Environment, _browser: Client, nasty: str) -> HttpResponseBase:
    return Client(enforce_csrf_checks=True).post("/sign-in", {"next": nasty})


PAGES: dict[str, Visit] = {
    "home, empty": _get("/"),
    "home": _full("/"),
    "environment, never deployed": _get(HERE),
    "environment": _full(HERE),
    "environment, deployment refused": _refused_deploy,
    "new environment": _get("/environments/new"),
    "new environment, wrong": _post("/environments/new"),
    "settings": _full(f"{HERE}settings"),
    "settings, wrong": _post(f"{HERE}settings"),
    "hooks": _full(f"{HERE}hooks"),
    ".env, a draft": _get(f"{HERE}dotenv"),
    ".env": _dotenv(f"{HERE}dotenv"),
    ".env, compared": _dotenv(f"{HERE}dotenv/1"),
    "change of the .env": _dotenv("/deployments/"),
    "secrets": _secrets,
    "secrets, wrong": _post(f"{HERE}secrets"),
    "new hook": _get(f"{HERE}hooks/new"),
    "new hook, wrong": _post(f"{HERE}hooks/new"),
    "hook": _edit_hook,
    "deployment, pending": _deployment("pending"),
    "deployment, running": _deployment("running"),
    "deployment, succeeded": _deployment("succeeded"),
    "deployment, failed": _deployment("failed"),
    "sign in": _as_nobody("get", "/sign-in"),
    "sign in, wrong": _as_nobody("post", "/sign-in"),
    "nothing here": _get("/nowhere/"),
    "form without its token": _without_token,
}
FRAGMENTS: dict[str, Visit] = {"live update": _live}
