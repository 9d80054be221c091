"""The sentences in which the product tells what happened: the same on a page and in a terminal."""

from datetime import timedelta

from deployments.models import Operation, Status, Step

LIVE_UNCHANGED = "Your live site was not changed."
NOTHING_LIVE = "Nothing is live yet."


def duration(value: timedelta | None) -> str:
    """`28 ms`, `1.2 s`, `38 s`, `4 min 05 s`, `2 h 10 min`."""
    if value is None:
        return "-"
    seconds = max(0.0, value.total_seconds())
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


# The word for each state that a reader is shown: a status, or one of two that pages derive.
WORDS: dict[str, str] = {
    **dict(Status.choices),
    "live": "Live",
    "new": "Not deployed",
}


def state(operation: Operation) -> str:
    """Which state a reader is shown: a status, or `live` for the one that `current` points to."""
    if operation.status == Status.SUCCEEDED and operation.is_live:
        return "live"
    return operation.status


def sentence(operation: Operation, steps: list[Step]) -> str:
    """What a reader wants to know first of an operation (B7-B10)."""
    return f"{WORDS[state(operation)]} {after_the_word(operation, steps)}"


def after_the_word(operation: Operation, steps: list[Step]) -> str:
    """The same sentence without its first word, for where that one stands already."""
    took = duration(operation.duration)
    match operation.status:
        case Status.PENDING:
            return "until a worker takes it."
        case Status.RUNNING:
            running = next((step for step in reversed(steps) if step.running), None)
            return f"{running.name}." if running else "since a moment ago."
        case Status.CANCELLING:
            return "what still runs."
        case Status.SUCCEEDED:
            return _succeeded(operation, steps, took)
        case Status.FAILED:
            return _failed(operation, steps, took)
        case Status.SUPERSEDED:
            return f"by a newer push. {unchanged(operation)}"
    began = f"after {took}" if operation.started_at else "before it began"
    return f"{began}. {unchanged(operation)}"


def unchanged(operation: Operation) -> str:
    """What its failure did to the live site: nothing."""
    return LIVE_UNCHANGED if operation.environment.current_id else NOTHING_LIVE


def because(operation: Operation, steps: list[Step]) -> str:
    """Why it failed, where the sentence itself does not say it all."""
    failed = _first_failed(steps)
    if operation.status != Status.FAILED or (
        failed and failed.exit_code is not None and not failed.timed_out
    ):
        return ""
    return operation.message


def _succeeded(operation: Operation, steps: list[Step], took: str) -> str:
    told = f"after {took}."
    warnings = [step for step in steps if step.status == Step.Status.WARNING]
    if warnings:
        names = ", ".join(dict.fromkeys(step.name for step in warnings))
        told += f" With a warning: {names} failed, which does not stop a deployment."
    return f"{told} {operation.message}".strip()


def _failed(operation: Operation, steps: list[Step], took: str) -> str:
    failed = _first_failed(steps)
    if failed is None:
        place = f"when {steps[-1].name} was over, after {took}" if steps else "before the first step"
        return f"{place}. {unchanged(operation)}"
    ending = ""
    if failed.timed_out:
        ending = ", at its time limit"
    elif failed.exit_code is not None:
        ending = f", exit {failed.exit_code}"
    return f"in {failed.name}{ending}, after {took}. {unchanged(operation)}"


def _first_failed(steps: list[Step]) -> Step | None:
    return next((step for step in steps if step.status == Step.Status.FAILED), None)
