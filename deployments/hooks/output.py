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
        # Whether this begins a redrawn line or ends a whole one is not known yet.
        if redraw != -1 and not _ESCAPE.sub("", self._held[redraw + 1 : end]):
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
        self._tail_size = limit - self._room
        self._cleaner = Cleaner()
        self._tail: deque[bytes] = deque()
        self._tail_bytes = 0
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
        held = "" if self.full else self._admit(self._cleaner.feed(b"", final=True))
        return held + self._end() if self._tail else held

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
        self._tail.append(data)
        self._tail_bytes += len(data)
        while self._tail_bytes - len(self._tail[0]) >= self._tail_size:
            dropped = len(self._tail.popleft())
            self._tail_bytes -= dropped
            self.left_out += dropped

    def _end(self) -> str:
        text = Cleaner().feed(b"".join(self._tail), final=True)
        self._tail.clear()
        encoded = text.encode()
        tail = encoded[-self._tail_size :].decode(errors="ignore")
        self.left_out += max(0, len(encoded) - self._tail_size)
        if not self.left_out:
            return tail
        line = (tail.find("\n") + 1) % (len(tail) or 1)  # a last line that is cut is better than none
        self.left_out += len(tail[:line].encode())
        return f"\n[… {self.left_out:,} bytes are left out here: the log is at its limit …]\n" + tail[line:]
