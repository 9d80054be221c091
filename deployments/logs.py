"""Reading logs: from any byte, by any number of readers, in one query."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Expression, Max, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from deployments.models import LogChunk, Step


@dataclass(frozen=True)
class Piece:
    """A part of a step's log: `text` begins at byte `offset`, after `line` line ends."""

    text: str
    offset: int = 0
    line: int = 0

    @property
    def end(self) -> int:
        """The byte after it."""
        return self.offset + len(self.text.encode())

    def split_at_last_line(self) -> tuple["Piece", "Piece"]:
        """The whole lines, and what follows the last line end: a line that goes on."""
        cut = self.text.rfind("\n") + 1
        whole = Piece(self.text[:cut], self.offset, self.line)
        return whole, Piece(self.text[cut:], whole.end, self.line + whole.text.count("\n"))


def read(step: Step, offset: int = 0) -> Piece:
    """Return a step's log from byte `offset` on; if that is within a character, from where it begins."""
    chunks = list(_from(step, offset))
    if not chunks:
        return Piece("", offset)
    return _after(chunks, offset)


def read_on(step: Step, offset: int, size: int) -> Piece:
    """Like `read`; where more than about `size` bytes are to come, only the end of them, as of `read_ends`.

    One query that loads a chunk more than `size` bytes at most, however long the log has grown.
    """
    chunks = list(_from(step, offset).filter(offset__gte=_holding_end(Value(step.pk), size)))
    if not chunks:
        return Piece("", offset)
    if chunks[0].offset <= offset:
        piece = _after(chunks, offset)
        if piece.end - piece.offset <= size:
            return piece
    return _end(chunks, size)


def read_ends(steps: Collection[Step], size: int) -> dict[int, Piece]:
    """Return, by the key of each step, the last whole lines of its log: about `size` bytes of them.

    A last line that is longer than that is cut. A step that has printed nothing is left
    out. One query, however many steps there are.
    """
    chunks = LogChunk.objects.filter(step__in=steps, offset__gte=_holding_end(OuterRef("step"), size))
    pieces: dict[int, list[LogChunk]] = {}
    for chunk in chunks.order_by("step", "offset"):
        pieces.setdefault(chunk.step_id, []).append(chunk)
    return {key: _end(found, size) for key, found in pieces.items()}


def _holding_end(step: Expression | OuterRef, size: int) -> Coalesce:
    """Where the chunk begins that holds the byte `size` bytes before the last chunk."""
    of_step = LogChunk.objects.filter(step=step).order_by("-offset")
    last = of_step.values("offset")[:1]
    return Coalesce(Subquery(of_step.filter(offset__lte=Subquery(last) - size).values("offset")[:1]), 0)


def _after(chunks: list[LogChunk], offset: int) -> Piece:
    first = chunks[0]
    skipped = first.text.encode()[: max(0, offset - first.offset)].decode(errors="ignore")
    text = "".join(chunk.text for chunk in chunks)[len(skipped) :]
    return Piece(text, first.offset + len(skipped.encode()), first.line + skipped.count("\n"))


def _end(chunks: list[LogChunk], size: int) -> Piece:
    text, first = "".join(chunk.text for chunk in chunks), chunks[0]
    encoded = text.encode()
    if first.offset == 0 and len(encoded) <= size:
        return Piece(text)
    kept = encoded[-size:]
    line = (kept.find(b"\n") + 1) % len(kept)  # a last line that is cut is better than none
    shown = kept[line:].decode(errors="ignore")
    skipped = encoded[: len(encoded) - len(shown.encode())]
    return Piece(shown, first.offset + len(skipped), first.line + skipped.count(b"\n"))


def _from(step: Step, offset: int) -> QuerySet[LogChunk]:
    chunks = LogChunk.objects.filter(step=step)
    holding = chunks.filter(offset__lte=offset).order_by().values("step").annotate(at=Max("offset"))
    return chunks.filter(offset__gte=Coalesce(holding.values("at"), 0)).order_by("offset")
