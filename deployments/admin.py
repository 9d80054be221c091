"""The admin: instances, environments with their hooks, and the history, which nobody can rewrite."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.forms import ModelForm, Textarea
from django.http import HttpRequest
from django_q import models as django_q

from deployments.models import Environment, Hook, Instance, Operation, Step, WorkerHeartbeat

admin.site.site_header = admin.site.site_title = "Amezmo"
admin.site.index_title = "Administration"

# A schedule names any Python function to be run by the workers, so that adding one would be
# worth more than all other rights together; the other tables are only nudges.
for _model in (django_q.Schedule, django_q.OrmQ, django_q.Success, django_q.Failure):
    # Which of them django-q2 registers depends on the broker.
    if admin.site.is_registered(_model):
        admin.site.unregister(_model)


class ReadOnly:
    """Shown, and never changed by hand."""

    def has_add_permission(self, _request: HttpRequest, _parent: Any = None) -> bool:
        return False

    def has_change_permission(self, _request: HttpRequest, _object: Any = None) -> bool:
        return False

    def has_delete_permission(self, _request: HttpRequest, _object: Any = None) -> bool:
        return False


class HookInline(admin.StackedInline):
    model = Hook
    extra = 0
    formfield_overrides = {models.TextField: {"widget": Textarea(attrs={"rows": 8, "cols": 80})}}


class InstanceForm(ModelForm):
    """Disabled rather than read-only, the webroot can still bear an error: of a cluster where it is taken."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Releases and links on disk carry the webroot in them: it can't be changed from here.
        if "webroot" in self.fields and self.instance.pk and self.instance.environments.exists():
            self.fields["webroot"].disabled = True


@admin.register(Instance)
class InstanceAdmin(admin.ModelAdmin):
    form = InstanceForm
    list_display = ("name", "webroot", "owner", "group", "cluster")
    search_fields = ("name", "webroot")


@admin.register(Environment)
class EnvironmentAdmin(admin.ModelAdmin):
    list_display = ("__str__", "repository", "branch", "app_type")
    list_select_related = ("instance",)
    list_filter = ("app_type",)
    search_fields = ("instance__name", "name", "repository")
    inlines = (HookInline,)

    def get_readonly_fields(
        self, _request: HttpRequest, environment: Environment | None = None
    ) -> tuple[str, ...]:
        return ("instance", "name") if environment else ()


class StepInline(ReadOnly, admin.TabularInline):
    model = Step
    fields = ("position", "name", "source", "status", "exit_code", "timed_out", "started_at", "finished_at")
    readonly_fields = fields


@admin.register(Operation)
class OperationAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("__str__", "status", "commit", "commit_subject", "trigger", "requested_by", "created_at")
    list_select_related = ("environment__instance", "requested_by")
    list_filter = ("status", "kind", "trigger")
    search_fields = ("commit", "commit_subject", "environment__instance__name", "environment__name")
    inlines = (StepInline,)
    show_full_result_count = False


@admin.register(WorkerHeartbeat)
class WorkerHeartbeatAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("cluster", "host", "pid", "workers", "version", "seen_at", "restarts")
