"""Who may do what: the one place that decides. Doors ask; they never look at a user themselves."""

from enum import StrEnum

from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied

from deployments.models import Environment, Operation
from deployments.models.environment import EnvironmentQuerySet
from deployments.models.operation import OperationQuerySet

Person = User | AnonymousUser


class Right(StrEnum):
    """What can be granted, to a person or a group, in the admin."""

    VIEW = "deployments.view_environment"
    DEPLOY = "deployments.deploy_environment"
    CREATE = "deployments.add_environment"
    # Hooks are programs that run on the host: whoever configures can run anything there - and so can
    # whoever holds both CREATE and DEPLOY, since the repository that he names brings its own.
    CONFIGURE = "deployments.change_environment"


def may(person: Person, right: Right) -> bool:
    """Whether a person holds a right. Whoever may deploy or configure may also look."""
    if not person.is_active:
        return False
    if right is Right.VIEW:
        return any(person.has_perm(each) for each in Right)
    return person.has_perm(right)


def require(person: Person, right: Right) -> None:
    """Raise PermissionDenied where a person does not hold a right."""
    if not may(person, right):
        raise PermissionDenied


def environments(person: Person) -> EnvironmentQuerySet:
    """The environments that a person may know of."""
    found = Environment.objects.select_related("instance")
    return found if may(person, Right.VIEW) else found.none()


def operations(person: Person) -> OperationQuerySet:
    """The operations that a person may know of."""
    found = Operation.objects.for_pages()
    return found if may(person, Right.VIEW) else found.none()
