"""THE table of events. Pages, forms, documentation and the pipeline all iterate this one."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Event:
    """A moment at which a user's script may run.

    `copy`: whose file runs - the new release's, or that of the release that is current
    when the operation begins. `gating`: whether a non-zero exit aborts (B8).
    """

    name: str
    when: str
    copy: Literal["new", "current"] = "new"
    gating: bool = True
    operation: Literal["deployment", "rollback", "configuration"] = "deployment"


CATALOG: tuple[Event, ...] = (
    Event(
        "before.pull",
        "Before the repository is asked. Runs in the release that is live, so it is one version behind.",
        copy="current",
        gating=False,
    ),
    Event("after.pull", "The new release's files are there. Install and build here."),
    Event("before.deploy", "The last thing before permissions are set and the switch. Migrate here."),
    Event("after.deploy", "The new release is live. Restart and warm up here.", gating=False),
    Event("deploy.success", "Everything went well. Announce it here.", gating=False),
    Event("deploy.failure", "Something failed before the switch. Tell somebody here.", gating=False),
    Event(
        "config/before-change",
        "Before a new .env is put into the live release.",
        copy="current",
        operation="configuration",
    ),
    Event(
        "config/after-change",
        "The live release has its new .env. Refresh caches here.",
        copy="current",
        gating=False,
        operation="configuration",
    ),
)

_BY_NAME = {event.name: event for event in CATALOG}


def event(name: str) -> Event:
    """Return the event called `name`; raises KeyError where the catalog has none."""
    return _BY_NAME[name]
