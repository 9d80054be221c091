"""The one exception that crosses a boundary: a failure whose message a person can act on."""


class Failure(Exception):
    """Something outside the program stands in the way.

    The message is one or two full sentences: what is wrong, and what to do about it.
    It is shown to people as it is, so it never holds a secret.
    """


class Refusal(Exception):
    """A request that can't be granted in the present state; the message says why."""
