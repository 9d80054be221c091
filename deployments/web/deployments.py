"""One deployment: its page, its live updates, its raw logs."""

from collections.abc import AsyncIterator, Iterator

from django.core.handlers.asgi import ASGIRequest
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from deployments import access, wording
from deployments.models import LogChunk, Operation, Step
from deployments.web import log_view
from deployments.web.timeline import timeline

CHUNKS_AT_ONCE = 8


def _find(request: HttpRequest, pk: int) -> Operation:
    operation = access.operations(request.user).filter(pk=pk).first()
    if operation is None:
        raise Http404("There is no such deployment.")
    return operation


def _told(operation: Operation, steps: list[Step]) -> dict[str, object]:
    """What the page and its live update both show."""
    return {
        "operation": operation,
        "environment": operation.environment,
        "after_the_word": wording.after_the_word(operation, steps),
        "because": wording.because(operation, steps),
        "timeline": timeline(operation, steps),
        "waits_for": _waits_for(operation),
    }


def _waits_for(operation: Operation) -> Operation | None:
    """The operation that a pending one waits for: a refusal says who holds it (B33)."""
    if operation.status != "pending":
        return None
    ahead = Operation.objects.for_pages().open().filter(environment=operation.environment_id)
    return ahead.filter(pk__lt=operation.pk).last()


@require_safe
def page(request: HttpRequest, pk: int) -> HttpResponse:
    operation = _find(request, pk)
    steps = log_view.steps_of(operation)
    views = log_view.whole(steps)
    mark = log_view.mark_after(views, log_view.Mark())
    return render(request, "deployment/page.html", {**_told(operation, steps), "views": views, "mark": mark})


@require_safe
def live(request: HttpRequest, pk: int) -> HttpResponse:
    """What changed since `after`, as pieces that htmx puts in their places."""
    # Read before the steps: an end seen here means that no later line is missing below.
    operation = _find(request, pk)
    steps = log_view.steps_of(operation)
    before = log_view.Mark.parse(request.GET.get("after", ""))
    continued, added = log_view.since(steps, before)
    views = ([continued] if continued else []) + added
    return render(
        request,
        "deployment/live.html",
        {
            **_told(operation, steps),
            "continued": continued,
            "added": added,
            "mark": log_view.mark_after(views, before),
        },
    )


@require_safe
def raw_log(request: HttpRequest, pk: int, position: int) -> StreamingHttpResponse:
    """A step's whole log as plain text, from the database in pieces."""
    step = get_object_or_404(Step, operation=_find(request, pk), position=position)
    # Django reads an iterator of the other kind into memory, whole, before it sends anything.
    texts = _texts_async(step) if isinstance(request, ASGIRequest) else _texts(step)
    response = StreamingHttpResponse(texts, content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'inline; filename="deployment-{pk}-step-{position}.log"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _texts(step: Step) -> Iterator[str]:
    chunks = LogChunk.objects.filter(step=step).order_by("offset")
    yield from chunks.values_list("text", flat=True).iterator(chunk_size=CHUNKS_AT_ONCE)


async def _texts_async(step: Step) -> AsyncIterator[str]:
    chunks = LogChunk.objects.filter(step=step).order_by("offset")
    async for text in chunks.values_list("text", flat=True).aiterator(chunk_size=CHUNKS_AT_ONCE):
        yield text
