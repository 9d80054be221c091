r"""A command's bytes as text fit to be stored, streamed and shown (TECHNICAL.md 16-19).

UTF-8 is decoded across reads, with replacement; colours (SGR) stay and every other escape
sequence goes, since cursor movement could erase what was said before; of a line that is
redrawn with `\r` the last state stays; NUL and other control characters, which databases
refuse or terminals obey, become U+FFFD. What is kept is bounded: the head and the tail.
"""

import codecs
import re
from collections import deque

LONGEST_LINE = 64 * 1024  # characters held back for a line's end before they are let through

_ESCAPE = re.compile(
    r"\x1b(?:"
    r"\[[0-?]*[ -/]*[@-~]"  # CSI ... final byte
    r"|[\]PX^_][^\x07\x1b\n]{0,4096}(?:\x07|\x1b\\)"  # OSC and other strings
    r"|[ -/]*[0-Z\\^-~]"  # two or three characters
    r")"
)
_COLOUR = re.compile(r"\x1b\[[0-9;:]{0,64}m")
# Bounded, so that what only looks like an escape sequence is not held back without end.
_UNFINISHED = re.compile(
    r"\x1b(?:\[[0-?]{0,256}[ -/]{0,16}|[\]PX^_][^\x07\x1b\n]{0,4096}\x1b?|[ -/]{0,16})?\Z"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f\ud800-\udfff]|\x1b(?!\[[0-9;:]{0,64}m)")


class Cleaner:
    r"""Bytes in, text out, line by line.

    A line that was let through before its end (`flush`) and is redrawn later goes on
    with a `\r`: a reader shows what follows the last one.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._held = ""
        self._line_begun = False

    def feed(self, data: bytes, final: bool = False) -> str:
        """Return the text that `data` completes: whole lines, or a very long line's pieces."""
        self._held += self._decoder.decode(data, final)
        if final:
            return self._let_through(len(self._held))
        if complete := self._held.rfind("\n") + 1:
            return self._let_through(complete)
        if len(self._held) > LONGEST_LINE:
            return self.flush()
        return ""

    def flush(self) -> str:
        """Return what is held of a line that has not ended yet, such as a question."""
        unfinished = _UNFINISHED.search(self._held)
        end = unfinished.start() if unfinished else len(self._held)
        redraw = self._held.rfind("\r", 0, end)
        # Whether this begins a redrawn line or ends a whole one is not known yet. Nobody colours
        # nothing for so long; what tries to is not held back without end.
        short = len(self._held) - redraw <= LONGEST_LINE
        if redraw != -1 and short and not _ESCAPE.sub("", self._held[redraw + 1 : end]):
            end = redraw
        return self._let_through(end)

    def take(self) -> bytes:
        """Give up what is held, as bytes that another cleaner can take."""
        held = self._held.encode() + self._decoder.getstate()[0]
        self._held = ""
        self._decoder.reset()
        return held

    def _let_through(self, end: int) -> str:
        text, self._held = self._held[:end], self._held[end:]
        if not text:
            return ""
        continued = self._line_begun
        self._line_begun = not text.endswith("\n")
        if "\x1b" in text:
            text = _ESCAPE.sub(lambda found: found[0] if _COLOUR.fullmatch(found[0]) else "", text)
        if "\r" in text:
            text = _last_states(text, continued)
        return _CONTROL.sub("\ufffd", text)


def _last_states(text: str, continued: bool) -> str:
    lines = [_last_state(line) for line in text.split("\n")]
    begun_anew = "\r" if continued and lines[0][1] else ""
    return begun_anew + "\n".join(state for state, _redrawn in lines)


def _last_state(line: str) -> tuple[str, bool]:
    """Return the last state that shows anything, and whether it was drawn over another."""
    states = line.split("\r")
    shown: list[str] = []
    while states:
        shown.append(states.pop())
        if _COLOUR.sub("", shown[-1]):
            break
    return "".join(reversed(shown)), bool(states)


class Output:
    """A command's whole output, cleaned and capped at `limit` bytes of UTF-8.

    The first three quarters pass at once; of what follows, the last quarter is kept until
    the end, and a line says how much was left out between them.
    """

    def __init__(self, limit: int) -> None:
        self._room = limit * 3 // 4
        self._cleaner = Cleaner()
        self._tail = _Tail(limit - self._room)
        self.left_out = 0

    @property
    def full(self) -> bool:
        """Whether the head has been filled, so that nothing passes until the end."""
        return self._room <= 0

    def feed(self, data: bytes) -> str:
        """Return the text that passes now."""
        if self.full:
            self._keep(data)
            return ""
        return self._admit(self._cleaner.feed(data))

    def flush(self) -> str:
        """Return what is held of an unfinished line."""
        return "" if self.full else self._admit(self._cleaner.flush())

    def close(self) -> str:
        """Return everything that is still to come: the held line, or the tail."""
        return "".join(self.end())

    def end(self) -> tuple[str, str, str]:
        """The same in its parts: the head's rest, the line that tells of a gap, and the tail.

        Without a gap the second is empty, and the third goes on where the first ends.
        """
        held = "" if self.full else self._admit(self._cleaner.feed(b"", final=True))
        return (held, *self._end()) if self._tail else (held, "", "")

    def _admit(self, text: str) -> str:
        encoded = text.encode()
        if len(encoded) < self._room:
            self._room -= len(encoded)
            return text
        head = encoded[: self._room].decode(errors="ignore")
        # A line that is cut ends here; better after a whole one, and never within a colour.
        head = head[: head.rfind("\n") + 1] or _UNFINISHED.sub("", head)
        self._room = 0
        self._keep(encoded[len(head.encode()) :] + self._cleaner.take())
        return head

    def _keep(self, data: bytes) -> None:
        self.left_out += self._tail.add(data)

    def _end(self) -> tuple[str, str]:
        # Cleaned piece by piece: text takes up to four times the memory of its bytes.
        cleaner, cleaned = Cleaner(), _Tail(self._tail.size)
        while piece := self._tail.take_first():
            self.left_out += cleaned.add(cleaner.feed(piece).encode())
        self.left_out += cleaned.add(cleaner.feed(b"", final=True).encode())
        tail = cleaned.last()
        self.left_out += len(cleaned) - len(tail)
        if not self.left_out:
            return "", tail.decode(errors="ignore")
        # The last line alone, if too long, is better cut than left out.
        begins = (tail.find(b"\n") + 1) % (len(tail) or 1)
        self.left_out += begins
        told = f"\n[… {self.left_out:,} bytes are left out here: the log is at its limit …]\n"
        return told, tail[begins:].decode(errors="ignore")


class _Tail:
    """The last bytes of what was added: `size` of them, and at most one piece more."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._pieces: deque[bytes] = deque()
        self._bytes = 0

    def __len__(self) -> int:
        return self._bytes

    def add(self, piece: bytes) -> int:
        """Keep a piece; returns how many bytes fell out at the front."""
        dropped = 0
        if not piece:
            return dropped
        self._pieces.append(piece)
        self._bytes += len(piece)
        while self._bytes - len(self._pieces[0]) >= self.size:
            dropped += len(self._pieces[0])
            self._bytes -= len(self._pieces.popleft())
        return dropped

    def take_first(self) -> bytes:
        """Remove and return the oldest piece; empty once there is none."""
        piece = self._pieces.popleft() if self._pieces else b""
        self._bytes -= len(piece)
        return piece

    def last(self) -> bytes:
        """Return the last `size` bytes."""
        return b"".join(self._pieces)[-self.size :]
