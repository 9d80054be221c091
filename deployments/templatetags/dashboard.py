"""Small words for templates: states, times, durations."""

from datetime import datetime, timedelta

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from deployments import access, wording
from deployments.models import Operation, Step

register = template.Library()

# State is glyph + word + colour; the colour comes from the class of the same name.
GLYPHS = {
    "new": "○",
    "pending": "○",
    "running": "◐",
    "cancelling": "◒",
    "succeeded": "✓",
    "live": "✓",
    "failed": "✗",
    "cancelled": "⊘",
    "superseded": "↷",
    "warning": "!",
}
WORDS = {**dict(Step.Status.choices), **wording.WORDS}


@register.simple_tag
def state(of: Operation | Step | str | None, *, word: bool = True) -> SafeString:
    """A state as glyph and word; without `word`, the word is only for those who hear the page."""
    name = "new" if of is None else of if isinstance(of, str) else _name(of)
    return format_html(
        '<span class="state {}"><span class="glyph" aria-hidden="true">{}</span> <span{}>{}</span></span>',
        name,
        GLYPHS[name],
        "" if word else SafeString(' class="unseen"'),
        WORDS[name],
    )


def _name(of: Operation | Step) -> str:
    return wording.state(of) if isinstance(of, Operation) else of.status


@register.simple_tag
def moment(at: datetime | None) -> SafeString | str:
    """A time, as how long ago; the absolute one is in reach."""
    if at is None:
        return "-"
    return format_html(
        '<time datetime="{}" title="{} UTC">{}</time>',
        at.isoformat(),
        at.astimezone(tz=timezone.get_default_timezone()).strftime("%Y-%m-%d %H:%M:%S"),
        _ago(timezone.now() - at),
    )


def _ago(passed: timedelta) -> str:
    seconds = passed.total_seconds()
    if seconds < 5:
        return "just now"
    for size, unit in ((86_400, "day"), (3600, "h"), (60, "min")):
        if seconds >= size:
            number = int(seconds // size)
            return f"{number} {unit}{'s' if unit == 'day' and number > 1 else ''} ago"
    return f"{int(seconds)} s ago"


@register.filter
def took(value: timedelta | None) -> str:
    return wording.duration(value)


@register.filter
def may(person: access.Person, right: str) -> bool:
    """Whether a person holds a right, by its name: `{% if user|may:"DEPLOY" %}`."""
    return access.may(person, access.Right[right])
