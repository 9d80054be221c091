"""`/healthz`, whether the parts of the installation are well; and the icon browsers ask for unasked."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import Error, connection
from django.http import HttpRequest, HttpResponseRedirect, JsonResponse
from django.templatetags.static import static
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from deployments.models import WorkerHeartbeat


@login_not_required
@never_cache
@require_safe
def healthz(_request: HttpRequest) -> JsonResponse:
    """200 when web and database are well; `workers` says whether this host's queue is served."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        served = WorkerHeartbeat.objects.alive().filter(cluster=settings.AMEZMO_CLUSTER).exists()
    except Error:
        return JsonResponse({"web": "well", "database": "unreachable", "workers": "unknown"}, status=503)
    return JsonResponse({"web": "well", "database": "well", "workers": "well" if served else "absent"})


@login_not_required
@require_safe
def favicon(_request: HttpRequest) -> HttpResponseRedirect:
    """Pages that are not ours, such as a raw log, can't name their icon."""
    return HttpResponseRedirect(static("icon.svg"))
