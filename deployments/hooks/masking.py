"""Secrets kept out of what is stored: found raw, in base64 and URL-encoded, across any boundary (B28).

The search is RE2's: hundreds of forms at once, in linear time, at hundreds of megabytes a second.
"""

import base64
import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from urllib.parse import quote, quote_plus

import re2

MASK = "••••••"
# A shorter value stands in ordinary text too often: masking it would garble that, and tell it.
SHORTEST = 4
# Long encodings are looked for in pieces of this many characters, since tools wrap them at any width.
PIECE = 48
SHORTEST_PIECE = 8


@dataclass(frozen=True)
class _Form:
    """One way in which a secret may appear: its characters, and the pattern that finds them."""

    pattern: str
    longest: int
    characters: str


class Forms:
    """Every form of some secrets, compiled once and used by many maskers."""

    def __init__(self, secrets: Collection[str]) -> None:
        forms = sorted({form for secret in secrets for form in _forms(secret)}, key=_length, reverse=True)
        self.longest = max((form.longest for form in forms), default=0)
        options = re2.Options()
        options.log_errors = False
        options.max_mem = 512 * 2**20
        patterns = "|".join(form.pattern for form in forms)
        self._search = re2.compile(patterns, options).search if forms else None
        self._by_beginning: dict[str, list[str]] = {}
        for form in forms:
            characters = form.characters.lower()
            self._by_beginning.setdefault(characters[:1], []).append(characters)

    def mask(self, text: str) -> str:
        """Return a whole text with every form of every secret masked."""
        masker = Masker(self)
        return masker.feed(text) + masker.close()

    def could_begin(self, text: str) -> bool:
        """Whether a form could begin with the whole of `text`, or is it."""
        text = text.lower()
        unwrapped = text.replace("\n", "")
        return any(
            characters.startswith((text, unwrapped)) or text.startswith(characters)
            for characters in self._by_beginning.get(text[:1], ())
        )

    def spans(self, text: str, until: int, covered: int) -> Iterator[tuple[int, int]]:
        """Where forms lie that begin before `until`, those that overlap as one.

        `covered` characters at the beginning belong to a form that began before them.
        """
        begin, end = 0, covered
        found = self._search(text) if self._search else None
        while found and found.start() < until:
            if found.start() >= end:
                if end:
                    yield begin, end
                begin = found.start()
            end = max(end, found.end())
            found = self._search(text, found.start() + 1) if self._search else None
        if end:
            yield begin, end


class Masker:
    """Text in, the same text with the secrets masked out, however it is cut into pieces.

    It holds back (longest form - 1) characters, which may be the beginning of a secret.
    """

    def __init__(self, forms: Forms) -> None:
        self._forms = forms
        self._held = ""
        self._covered = 0  # characters of it that a mask let through already stands for
        self._skipped = 0  # characters of it that are not to be let through

    def feed(self, text: str) -> str:
        """Return what is sure by now."""
        if not self._forms.longest:
            return text
        self._held += text
        return self._let_through(len(self._held) - self._forms.longest + 1)

    def flush(self) -> str:
        """Return what no form can begin in: for when nothing has followed for a while."""
        held = self._held
        sure = next((at for at in range(len(held)) if self._forms.could_begin(held[at:])), len(held))
        return self._let_through(sure)

    def close(self) -> str:
        """Return the rest: nothing follows that could make a secret of it."""
        return self._let_through(len(self._held))

    def cut(self) -> None:
        """Something is left out here, and the text goes on somewhere else.

        What is held may be the beginning of a secret, and what follows the end of one, which
        nobody would recognise: as much of both as that could be is left out too.
        """
        self._held, self._covered = "", 0
        self._skipped = max(0, self._forms.longest - 1)

    def _let_through(self, sure: int) -> str:
        """Return the first `sure` characters, in which every form that begins there is masked."""
        if sure <= 0:
            return ""
        parts, position = [], self._skipped
        for begin, end in self._forms.spans(self._held, sure, self._covered):
            parts.append(self._held[position:begin])
            if end > position and (begin or not self._covered):
                parts.append(MASK)
            position = max(position, end)
        parts.append(self._held[position:sure])
        self._held = self._held[sure:]
        self._covered = max(0, position - sure)
        self._skipped = max(0, self._skipped - sure)
        return "".join(parts)


def _length(form: _Form) -> tuple[int, str]:
    return form.longest, form.pattern


def _forms(secret: str) -> Iterator[_Form]:
    secret = secret.replace("\r\n", "\n")
    lines = [line for line in secret.split("\n") if len(line) >= SHORTEST]
    for line in lines:
        for text in _spellings(line):
            yield _Form(re2.escape(text), len(text), text)
    if len(secret) >= SHORTEST:
        for text in (quote(secret, safe=""), quote_plus(secret), quote(secret)):
            yield from _encoded(text)
        yield from _base64(secret.encode())


def _spellings(line: str) -> set[str]:
    """A line as it is, and as it stands within quotes in JSON or in another program's output."""
    return {line, json.dumps(line)[1:-1], json.dumps(line, ensure_ascii=False)[1:-1]}


def _encoded(text: str) -> Iterator[_Form]:
    # %2f is %2F.
    first, *rest = text.split("%")
    escapes = "".join(f"%(?i:{part[:2]}){re2.escape(part[2:])}" for part in rest)
    yield _Form(re2.escape(first) + escapes, len(text), text)


def _base64(value: bytes) -> Iterator[_Form]:
    """The three ways in which a value can lie in the base64 of something larger, wrapped or not."""
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + value).rstrip(b"=").decode()
        # Characters that a neighbour has a part in can be anything.
        core = encoded[(0, 2, 3)[before] :]
        core = core[:-1] if (before + len(value)) % 3 else core
        for alphabet in (core, core.replace("+", "-").replace("/", "_")):
            for piece in _pieces(alphabet):
                pattern = r"\n?".join(map(re2.escape, piece))
                yield _Form(pattern + r"[A-Za-z0-9+/_-]?={0,2}", 2 * len(piece) + 3, piece)


def _pieces(core: str) -> Iterator[str]:
    for start in range(0, len(core), PIECE):
        piece = core[start : start + PIECE]
        if len(piece) < SHORTEST_PIECE and start:
            piece = core[-SHORTEST_PIECE:]
        if len(piece) >= 5:
            yield piece
