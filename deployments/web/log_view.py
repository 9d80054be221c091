"""What the log pane shows: of every step its last lines, and then what is added to them.

The page and its live updates render the same lines by the same partial (`_lines.html`).
"""

from dataclasses import dataclass

from django.utils.safestring import SafeString

from deployments import logs
from deployments.models import Operation, Step
from deployments.web import colours

SHOWN_BYTES = 192 * 1024  # of one step's log; the raw log has all of it
SHOWN_LINES = 2_000  # the same: a browser has to lay out each of them
SHOWN_LINE = 10_000  # characters


@dataclass(frozen=True)
class Line:
    """A numbered line, ready for the page."""

    number: int
    html: SafeString


@dataclass(frozen=True)
class StepView:
    """One step's part of the pane.

    `open` has the line that has not ended, if there is one: each update shows it anew. `end`: from which byte
    the next update goes on. `earlier`: lines are missing before these.
    """

    step: Step
    lines: list[Line]
    open: list[Line]
    end: int
    earlier: bool = False


@dataclass(frozen=True)
class Mark:
    """How far a page has read: steps before `position` wholly, that one up to byte `offset`."""

    position: int = 0
    offset: int = 0

    @classmethod
    def parse(cls, text: str) -> "Mark":
        """Read `position:offset`; anything else is the beginning."""
        position, _colon, offset = text.partition(":")
        if position.isdecimal() and offset.isdecimal() and len(text) < 32:
            return cls(int(position), int(offset))
        return cls()

    def __str__(self) -> str:
        return f"{self.position}:{self.offset}"


def whole(steps: list[Step]) -> list[StepView]:
    """Every step with the last lines of its log."""
    ends = logs.read_ends(steps, SHOWN_BYTES)
    return [_view(step, ends.get(step.pk, logs.Piece(""))) for step in steps]


def since(steps: list[Step], mark: Mark) -> tuple[StepView | None, list[StepView]]:
    """What came after `mark`: more of the step it is in, and the steps after that.

    Of either no more than a page shows: whoever asks with an old mark, or follows a hook that prints
    without end, gets the last lines with their true numbers, and `earlier` says that there is a gap.
    """
    continued = next((step for step in steps if step.position == mark.position), None)
    more = None
    if continued:
        more = _view(continued, logs.read_on(continued, mark.offset, SHOWN_BYTES), mark.offset)
    return more, whole([step for step in steps if step.position > mark.position])


def mark_after(views: list[StepView], before: Mark) -> Mark:
    """Where the next update goes on."""
    return Mark(views[-1].step.position, views[-1].end) if views else before


def steps_of(operation: Operation) -> list[Step]:
    """An operation's steps in order, in one query."""
    return list(operation.steps.order_by("position"))


def _view(step: Step, piece: logs.Piece, wanted: int = 0) -> StepView:
    """`wanted`: the byte that the reader wanted it from."""
    complete, rest = piece.split_at_last_line()
    texts = complete.text.split("\n")[:-1]
    cut = max(0, len(texts) - SHOWN_LINES)
    lines = [_line(number, text) for number, text in enumerate(texts[cut:], complete.line + cut + 1)]
    going_on = [_line(rest.line + 1, rest.text)] if rest.text else []
    return StepView(step, lines, going_on, complete.end, earlier=piece.offset > wanted or cut > 0)


def _line(number: int, text: str) -> Line:
    return Line(number, colours.render(text[-SHOWN_LINE:]))
