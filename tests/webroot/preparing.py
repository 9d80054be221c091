"""An environment's directories, made as a deployment makes them."""

from deployments.webroot.layout import Layout
from deployments.webroot.permissions import Owner
from deployments.webroot.release import prepare_directories, prepare_webroot


def prepare(layout: Layout) -> None:
    prepare_webroot(layout.root, Owner())
    prepare_directories(layout)
