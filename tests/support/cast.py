"""The cast: four people, one of whom must be refused. Imported by the root conftest."""

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client


def grant(person: User, *codenames: str) -> User:
    """Give rights of this application; returns the person without cached rights."""
    person.user_permissions.add(
        *Permission.objects.filter(content_type__app_label="deployments", codename__in=codenames)
    )
    return User.objects.get(pk=person.pk)


@pytest.fixture
def ada(db: None) -> User:
    """An administrator, who may do everything."""
    return User.objects.create(username="ada", is_staff=True, is_superuser=True)


@pytest.fixture
def dan(db: None) -> User:
    """May deploy, and therefore look; may neither create nor configure."""
    return grant(User.objects.create(username="dan"), "deploy_environment")


@pytest.fixture
def vera(db: None) -> User:
    """May only look."""
    return grant(User.objects.create(username="vera"), "view_environment")


@pytest.fixture
def oscar(db: None) -> User:
    """Holds an account and no right: for him there are no environments."""
    return User.objects.create(username="oscar")


def signed_in(person: User | None, **client: bool) -> Client:
    """A browser in which a person is signed in; None: nobody is."""
    browser = Client(**client)
    if person is not None:
        browser.force_login(person)
    return browser
