"""A page as a tree that a test can ask: what a reader and a browser see of it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

from django.http import HttpResponseBase

VOID = {"br", "hr", "img", "input", "link", "meta", "option"}  # our pages leave options open, too


@dataclass
class Element:
    """One element. `children` are elements and the texts between them."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list["Element | str"] = field(default_factory=list)

    def __iter__(self) -> Iterator["Element"]:
        """This element, and all below it in the order of the document."""
        yield self
        for child in self.children:
            if isinstance(child, Element):
                yield from child

    @property
    def text(self) -> str:
        """Its text with all white space folded."""
        return " ".join(self._raw_text.split())

    @property
    def _raw_text(self) -> str:
        return "".join(child if isinstance(child, str) else child._raw_text for child in self.children)

    @property
    def classes(self) -> set[str]:
        return set(self.attributes.get("class", "").split())

    def all(self, *tags: str, **attributes: str) -> list["Element"]:
        """Elements of these tags (or any) with these attributes; `class_` is one of the classes."""
        return [each for each in self if each._matches(tags, attributes)]

    def one(self, *tags: str, **attributes: str) -> "Element":
        """The only such element."""
        found = self.all(*tags, **attributes)
        assert len(found) == 1, f"{len(found)} elements {tags} {attributes}"
        return found[0]

    def _matches(self, tags: tuple[str, ...], attributes: dict[str, str]) -> bool:
        wanted = dict(attributes)
        name = wanted.pop("class_", None)
        return (
            (not tags or self.tag in tags)
            and (name is None or name in self.classes)
            and all(self.attributes.get(key) == value for key, value in wanted.items())
        )


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("document")
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        made = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(made)
        if tag not in VOID:
            self._open.append(made)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open[-1].children.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        for depth in range(len(self._open) - 1, 0, -1):
            if self._open[depth].tag == tag:
                del self._open[depth:]
                return

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)


def parse(response: HttpResponseBase) -> Element:
    """The tree of a response's page."""
    return parse_text(response.content.decode())  # type: ignore[attr-defined]


def parse_text(html: str) -> Element:
    """The tree of a page, or of a part of one."""
    builder = _Builder()
    builder.feed(html)
    builder.close()
    return builder.root
