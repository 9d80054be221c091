r"""A log's lines as HTML: escaped, its colours (SGR) as class names, the last state of a redrawn line.

Only class names come out: the Content-Security-Policy allows no style attributes. Each line
begins without colour, so that any line can be rendered alone.
"""

import re
from dataclasses import dataclass, field

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

_SGR = re.compile(r"\x1b\[([0-9;:]*)m")
_FLAGS = {1: "bold", 2: "faint", 3: "italic", 4: "underline", 7: "inverse", 9: "strike"}
_RESETS = {22: {"bold", "faint"}, 23: {"italic"}, 24: {"underline"}, 27: {"inverse"}, 29: {"strike"}}
_NAMES = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")


@dataclass
class _Pen:
    flags: set[str] = field(default_factory=set)
    ink: str = ""
    paper: str = ""

    def obey(self, parameters: str) -> None:
        codes = [int(part or 0) for part in parameters.replace(":", ";").split(";") if len(part) < 6]
        while codes:
            self._obey(codes.pop(0), codes)

    def _obey(self, code: int, rest: list[int]) -> None:
        if code == 0:
            self.flags, self.ink, self.paper = set(), "", ""
        elif code in _FLAGS:
            self.flags.add(_FLAGS[code])
        elif code in _RESETS:
            self.flags -= _RESETS[code]
        elif code in (38, 48):
            self._set(code == 38, _extended(rest))
        elif code in (39, 49):
            self._set(code == 39, "")
        elif 30 <= code <= 37 or 90 <= code <= 97:
            self._set(True, _NAMES[code % 10])
        elif 40 <= code <= 47 or 100 <= code <= 107:
            self._set(False, _NAMES[code % 10])

    def _set(self, ink: bool, name: str) -> None:
        if ink:
            self.ink = f"ink-{name}" if name else ""
        else:
            self.paper = f"paper-{name}" if name else ""

    @property
    def classes(self) -> str:
        return " ".join(sorted(self.flags) + [name for name in (self.ink, self.paper) if name])


def _extended(rest: list[int]) -> str:
    """The nearest of the eight names for `5;n` (256 colours) or `2;r;g;b`."""
    kind = rest.pop(0) if rest else 0
    if kind == 5 and rest:
        number = rest.pop(0)
        if number < 16:
            return _NAMES[number % 8]
        if number >= 232:
            return _nearest(*([(number - 232) * 10 + 8] * 3))
        number -= 16
        return _nearest(number // 36 * 51, number // 6 % 6 * 51, number % 6 * 51)
    if kind == 2 and len(rest) >= 3:
        red, green, blue, *rest[:] = rest
        return _nearest(red, green, blue)
    return ""


def _nearest(red: int, green: int, blue: int) -> str:
    middle = max(red, green, blue) / 2
    if middle < 32:
        return "black"
    return _NAMES[(red > middle) + 2 * (green > middle) + 4 * (blue > middle)]


def render(line: str) -> SafeString:
    """Return one line (without its line end) as safe HTML."""
    line = line.rpartition("\r")[2]
    parts = _SGR.split(line)
    if len(parts) == 1:
        return escape(line)
    pen, html = _Pen(), [str(escape(parts[0]))]
    for parameters, text in zip(parts[1::2], parts[2::2], strict=True):
        pen.obey(parameters)
        if text:
            shown = escape(text)
            html.append(f'<span class="{pen.classes}">{shown}</span>' if pen.classes else shown)
    return mark_safe("".join(html))  # noqa: S308 - every piece was escaped, or is a class name from above
