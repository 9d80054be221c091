"""The variables that a hook sees (B19)."""

from dataclasses import replace
from pathlib import Path

import pytest

from deployments.errors import Failure
from deployments.hooks import process
from deployments.hooks.environment import Facts, check_name, variables
from deployments.hooks.process import Command
from tests.hooks.conftest import PATH
from tests.support.runner import Ears

COMMIT = "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d"
FACTS = Facts(
    event="after.pull",
    directory=Path("/srv/shop/release/deployment_42.1a2b3c4d"),
    release_number=42,
    release_id="deployment_42.1a2b3c4d",
    commit=COMMIT,
    branch="main",
    repository="team/shop",
    environment_name="staging",
    app_type="laravel",
    app_domain="shop.example.org",
    storage=Path("/srv/shop/storage"),
    logs=Path("/srv/shop/logs"),
    node_modules=Path("/srv/shop/node_modules"),
)


def of(facts: Facts = FACTS, **extra: str) -> dict[str, str]:
    return variables(facts, path="/usr/bin:/bin", home="/home/deployer", user="deployer", extra=extra)


def test_a_hook_sees_exactly_this() -> None:
    """B19: every variable of the table and its value."""
    assert of() == {
        "PATH": "/usr/bin:/bin",
        "HOME": "/home/deployer",
        "LANG": "C.UTF-8",
        "USER": "deployer",
        "LOGNAME": "deployer",
        "APPLICATION_ROOT": "/srv/shop/release/deployment_42.1a2b3c4d",
        "DEPLOYMENT_DIRECTORY": "/srv/shop/release/deployment_42.1a2b3c4d",
        "RELEASE_NUMBER": "42",
        "RELEASE_ID": "deployment_42.1a2b3c4d",
        "COMMIT_ID": COMMIT,
        "DEPLOY_BRANCH": "main",
        "REPO_NAME": "team/shop",
        "TARGET_HOOK": "after.pull",
        "ENVIRONMENT_NAME": "staging",
        "AMEZMO_ENVIRONMENT": "staging",
        "NODE_ENV": "staging",
        "APP_TYPE": "laravel",
        "APP_DOMAIN": "shop.example.org",
        "PERSISTENT_STORAGE_DIRECTORY": "/srv/shop/storage",
        "STORAGE_DIRECTORY": "/srv/shop/storage",
        "LOG_DIRECTORY": "/srv/shop/logs",
        "NODE_PATH": "/srv/shop/node_modules",
        "COMPOSER_MEMORY_LIMIT": "-1",
    }


def test_the_servers_own_settings_are_never_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """B19: the environment is built from nothing."""
    before = of()
    monkeypatch.setenv("AMEZMO_SECRET_KEY", "secret")
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "amezmo.settings")

    assert of() == before


def test_the_environments_own_variables_are_seen_as_they_are() -> None:
    """B19: the secrets, whatever is in them."""
    extra = {"API_KEY": "a=b c\n$HOME `id`", "_x": "", "MAIL_PASSWORD": "pässwörd"}

    assert of(**extra) == {**of(), **extra}


@pytest.mark.parametrize("name", ["PATH", "HOME", "APPLICATION_ROOT", "TARGET_HOOK", "NODE_ENV"])
def test_they_never_replace_what_the_program_says(name: str) -> None:
    """B19: a hook can rely on the table."""
    assert of(**{name: "mine"})[name] == of()[name]


@pytest.mark.parametrize(
    "name",
    [
        "BASH_ENV", "ENV", "LD_PRELOAD", "LD_LIBRARY_PATH", "LD_AUDIT", "BASH_FUNC_ls", "SHELLOPTS", "BASHOPTS",
        "PS4", "IFS", "GIT_SSH_COMMAND", "GIT_DIR",
    ],
)  # fmt: skip
def test_a_name_that_changes_what_runs_is_refused(name: str) -> None:
    """B19: Bash or the loader would run something else."""
    with pytest.raises(Failure, match=f"“{name}” would change what a hook runs"):
        of(**{name: "x"})


@pytest.mark.parametrize(
    "name", ["", "1A", "A-B", "A B", "A.B", "A=B", "A\n", "A\0", "Ä", "BASH_FUNC_ls%%", "$A", "a[0]", "٣"]
)
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(Failure, match="can't be a variable's name"):
        check_name(name)


@pytest.mark.parametrize(
    "name", ["A", "_", "a1", "API_KEY", "DATABASE_URL", "LDAP_HOST", "ENVIRONMENT", "BASH"]
)
def test_an_ordinary_name_is_accepted(name: str) -> None:
    assert check_name(name) == name


def test_a_refusal_never_repeats_the_value() -> None:
    """B27: the message is shown and logged."""
    with pytest.raises(Failure) as refusal:
        of(LD_PRELOAD="hunter2")

    assert "hunter2" not in str(refusal.value)


def test_bash_adds_nothing_that_matters(tmp_path: Path) -> None:
    """B19: what a script really sees under the supervisor."""
    ears = Ears()
    given = {**of(replace(FACTS, directory=tmp_path), API_KEY="a b\nc"), "PATH": PATH}

    process.run(Command(["bash", "-c", "env -0"], tmp_path, given, 60), ears)

    seen = dict(entry.split("=", 1) for entry in ears.text.rstrip("\0").split("\0"))
    assert {name: seen[name] for name in given} == given
    assert set(seen) - set(given) <= {"PWD", "SHLVL", "_", "OLDPWD"}
