"""A whole deployment, in the order of BEHAVIOUR.md, with real git and real Bash."""

import os
import stat

import pytest
from pytest_django import Settings

from deployments.models import Environment, Hook, Step
from deployments.source.refs import Wanted
from tests.conftest import Deploy
from tests.support.reading import drafts, live, log_of, step, steps
from tests.support.repository import Repository

EVENTS = ("before.pull", "after.pull", "before.deploy", "after.deploy", "deploy.success", "deploy.failure")


def hooks(body: str, *events: str) -> dict[str, str | bytes]:
    return {f".amezmo/{event}": body for event in events or EVENTS}


def test_a_release_is_made_and_becomes_current(
    production: Environment, repository: Repository, deploy: Deploy
) -> None:
    """B1, B3, B6: the directory's name, the environment's directories, and the link."""
    commit = repository.git("rev-parse", "HEAD")
    deployment = deploy(production)
    assert deployment.status == "succeeded", deployment.message
    release = production.layout.root / "release" / f"deployment_1.{commit[:8]}"
    assert live(deployment) == release
    assert (release / "index.html").read_text() == "<h1>One</h1>\n"
    assert {entry.name for entry in production.layout.root.iterdir()} == {
        "current", "logs", "node_modules", "release", "storage", "vendor",
    }  # fmt: skip
    assert (production.layout.storage / "public").is_dir()
    production.refresh_from_db()
    assert production.current_id == deployment.pk


def test_the_steps_run_in_order(production: Environment, repository: Repository, deploy: Deploy) -> None:
    """B11, B12: every step that ran, in the order of the rules, and only those."""
    repository.commit(hooks("echo $TARGET_HOOK"))
    first = deploy(production)
    assert steps(first) == [
        "fetch", "export", "after.pull", "before.deploy", "permissions", "switch", "after.deploy",
        "deploy.success",
    ]  # fmt: skip
    second = deploy(production)
    assert steps(second)[0] == "before.pull"
    assert log_of(second, "before.deploy") == "before.deploy\n"
    for each in second.steps.all():
        assert each.finished_at is not None
        assert each.finished_at >= each.started_at
        assert each.status == "succeeded"
    assert step(second, "after.pull").exit_code == 0


@pytest.mark.parametrize("event", ["after.pull", "before.deploy"])
def test_a_failing_gating_hook_aborts(
    production: Environment, repository: Repository, deploy: Deploy, event: str
) -> None:
    """B7, B9, B10: later steps do not run, `current` stays, deploy.failure runs in the new release."""
    first = deploy(production)
    repository.commit({**hooks("pwd"), f".amezmo/{event}": "echo broken >&2; exit 7"})
    second = deploy(production)
    assert second.status == "failed"
    assert second.message == f"The hook {event} (.amezmo/{event}) exited with 7."
    assert steps(second)[-2:] == [event, "deploy.failure"]
    assert step(second, event).exit_code == 7
    assert log_of(second, event) == "broken\n"
    assert live(second) == first.directory
    assert log_of(second, "deploy.failure") == f"{second.directory}\n"


@pytest.mark.parametrize("event", ["before.pull", "after.deploy", "deploy.success"])
def test_the_exit_status_of_three_events_is_only_a_warning(
    production: Environment, repository: Repository, deploy: Deploy, event: str
) -> None:
    """B8: exactly these never affect the outcome."""
    repository.commit({f".amezmo/{event}": "exit 3"})
    deploy(production)
    second = deploy(production)
    assert second.status == "succeeded"
    assert step(second, event).status == Step.Status.WARNING
    assert step(second, event).exit_code == 3
    assert live(second) == second.directory


def test_deploy_failure_never_changes_the_outcome(
    production: Environment, repository: Repository, deploy: Deploy
) -> None:
    """B10: its exit status is recorded only."""
    repository.commit({".amezmo/after.pull": "exit 1", ".amezmo/deploy.failure": "exit 9"})
    failed = deploy(production)
    assert failed.status == "failed"
    assert "after.pull" in failed.message
    assert step(failed, "deploy.failure").exit_code == 9
    assert step(failed, "deploy.failure").status == Step.Status.WARNING


def test_deploy_failure_runs_in_the_current_release_without_a_new_one(
    production: Environment, repository: Repository, deploy: Deploy
) -> None:
    """B10: a fetch that fails leaves no tree, so the current release's copy runs."""
    repository.commit({".amezmo/deploy.failure": "pwd"})
    first = deploy(production)
    Environment.objects.update(branch="gone")
    production.refresh_from_db()
    failed = deploy(production)
    assert failed.status == "failed"
    assert steps(failed) == ["fetch", "deploy.failure"]
    assert log_of(failed, "deploy.failure") == f"{first.directory}\n"


def test_before_pull_runs_the_current_releases_copy(
    production: Environment, repository: Repository, deploy: Deploy
) -> None:
    """B17: one version behind, in the current release; and a push that changes it is told."""
    repository.commit({".amezmo/before.pull": "echo old; pwd"})
    first = deploy(production)
    assert "before.pull" not in steps(first)
    repository.commit({".amezmo/before.pull": "echo new; pwd"})
    second = deploy(production)
    assert log_of(second, "before.pull") == f"old\n{first.directory}\n"
    assert "This commit changes before.pull" in log_of(second, "export")
    third = deploy(production)
    assert log_of(third, "before.pull").startswith("new\n")
    assert "This commit changes before.pull" not in log_of(third, "export")


def test_an_environments_own_file_takes_the_place(
    production: Environment, repository: Repository, deploy: Deploy
) -> None:
    """B15"""
    repository.commit(
        {
            ".amezmo/after.pull": "echo for all",
            ".amezmo/production/after.pull": "echo for production",
            ".amezmo/staging/before.deploy": "echo for staging",
        }
    )
    deployment = deploy(production)
    assert log_of(deployment, "after.pull") == "for production\n"
    assert "before.deploy" not in steps(deployment)


def test_dashboard_hooks_follow_the_repositorys(
    production: Environment, repository: Repository, deploy: Deploy
) -> None:
    """B16: in their order, after the file, and not when disabled."""
    repository.commit({".amezmo/after.pull": "echo file"})
    for position, (name, enabled) in enumerate([("c", True), ("b", False), ("a", True)]):
        Hook.objects.create(
            environment=production, event="after.pull", name=name, script=f"echo {name}; pwd",
            position=position, enabled=enabled,
        )  # fmt: skip
    deployment = deploy(production)
    ran = deployment.steps.filter(name="after.pull")
    assert [each.source for each in ran] == [".amezmo/after.pull", "dashboard: c", "dashboard: a"]
    assert deployment.directory is not None
    assert str(deployment.directory) in "".join(c.text for c in ran[1].chunks.all())


def test_a_dashboard_hook_may_be_allowed_to_fail(production: Environment, deploy: Deploy) -> None:
    """B16: may-fail turns a failure into a warning; without it the deployment fails."""
    hook = Hook.objects.create(
        environment=production, event="after.pull", name="lint", script="exit 4", may_fail=True
    )
    first = deploy(production)
    assert first.status == "succeeded"
    assert step(first, "after.pull").status == Step.Status.WARNING
    Hook.objects.filter(pk=hook.pk).update(may_fail=False)
    second = deploy(production)
    assert second.status == "failed"
    assert second.message == "The hook after.pull (dashboard: lint) exited with 4."


def test_a_hook_sees_only_its_own_variables(
    production: Environment, repository: Repository, deploy: Deploy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B19, B20: B19's table, none of the server's settings, and no .env."""
    monkeypatch.setenv("AMEZMO_SECRET_KEY", "the server's")
    monkeypatch.setenv("BASH_ENV", "/nonexistent")
    repository.commit({".amezmo/after.pull": "env -0 | sort -z | tr '\\0' '\\n'", ".env": "FROM_FILE=1\n"})
    deployment = deploy(production)
    seen = dict(line.split("=", 1) for line in log_of(deployment, "after.pull").splitlines())
    layout, release = production.layout, str(deployment.directory)
    assert deployment.commit == repository.git("rev-parse", "HEAD")
    for name, value in {
        "APPLICATION_ROOT": release,
        "DEPLOYMENT_DIRECTORY": release,
        "RELEASE_NUMBER": "1",
        "RELEASE_ID": f"deployment_1.{deployment.commit[:8]}",
        "COMMIT_ID": deployment.commit,
        "DEPLOY_BRANCH": "main",
        "REPO_NAME": "repository",
        "TARGET_HOOK": "after.pull",
        "ENVIRONMENT_NAME": "production",
        "AMEZMO_ENVIRONMENT": "production",
        "NODE_ENV": "production",
        "APP_TYPE": "other",
        "APP_DOMAIN": "",
        "PERSISTENT_STORAGE_DIRECTORY": str(layout.storage),
        "STORAGE_DIRECTORY": str(layout.storage),
        "LOG_DIRECTORY": str(layout.logs),
        "NODE_PATH": str(layout.node_modules),
        "COMPOSER_MEMORY_LIMIT": "-1",
        "LANG": "C.UTF-8",
    }.items():
        assert seen.pop(name) == value
    assert set(seen) == {"PATH", "HOME", "USER", "LOGNAME", "PWD", "SHLVL", "_"}


@pytest.mark.parametrize(
    "script",
    [b"\xef\xbb\xbfecho fine\n", b"echo fine\r\nif true; then\r\n  true\r\nfi\r\n"],
    ids=["byte order mark", "CRLF"],
)
def test_a_script_from_another_editor_runs(
    production: Environment, repository: Repository, deploy: Deploy, script: bytes
) -> None:
    """B14: CRLF or BOM notwithstanding, whatever the mode, in the release root."""
    repository.commit({".amezmo/after.pull": script})
    assert log_of(deploy(production), "after.pull") == "fine\n"


def test_a_hook_with_a_nul_fails_with_a_sentence(
    production: Environment, repository: Repository, deploy: Deploy
) -> None:
    """B9: it can't be run, so the deployment fails, and says what to do."""
    repository.commit({".amezmo/after.pull": b"echo \0"})
    failed = deploy(production)
    assert failed.status == "failed"
    assert "NUL" in failed.message
    assert "UTF-8" in failed.message
    assert live(failed) is None


def test_a_hook_is_ended_at_its_time_limit(
    production: Environment, repository: Repository, deploy: Deploy
) -> None:
    """B18: its whole tree, and it counts as a failure, marked as timed out."""
    Hook.objects.create(
        environment=production, event="after.pull", name="hangs", script="sleep 60 & wait", seconds=1
    )
    failed = deploy(production)
    assert failed.status == "failed"
    assert "time limit of 1 second" in failed.message
    assert step(failed, "after.pull").timed_out
    assert step(failed, "after.pull").exit_code == 143


def test_the_repositorys_hooks_have_the_installations_limit(
    production: Environment, repository: Repository, deploy: Deploy, settings: Settings
) -> None:
    """B18: it is configurable."""
    settings.AMEZMO_HOOK_SECONDS = 0.5
    repository.commit({".amezmo/before.deploy": "sleep 60"})
    failed = deploy(production)
    assert failed.status == "failed"
    assert "time limit of 0.5 seconds" in failed.message


def test_a_process_left_in_the_background_neither_holds_up_nor_survives(
    production: Environment, repository: Repository, deploy: Deploy
) -> None:
    """B21: it ends with its hook; umask 0002; standard input is /dev/null."""
    repository.commit(
        {".amezmo/after.pull": "setsid sleep 600 & echo $! > background; umask; readlink /proc/self/fd/0"}
    )
    deployment = deploy(production)
    assert deployment.status == "succeeded"
    assert deployment.directory is not None
    pid = int((deployment.directory / "background").read_text())
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert log_of(deployment, "after.pull").startswith("0002\n/dev/null\n")


def test_what_a_hook_made_gets_its_permissions_too(
    production: Environment, repository: Repository, deploy: Deploy
) -> None:
    """B5: after the last gating hook and before the switch; the log counts lost executables."""
    repository.commit(
        {
            "run.sh": "#!/bin/sh\n",
            ".amezmo/before.deploy": "mkdir -m 700 made; touch made/x; chmod 600 made/x",
        },
        executable=("run.sh",),
    )
    deployment = deploy(production)
    release = deployment.directory
    assert release is not None
    assert stat.S_IMODE((release / "made").stat().st_mode) == 0o2775
    assert stat.S_IMODE((release / "made" / "x").stat().st_mode) == 0o664
    assert stat.S_IMODE((release / "run.sh").stat().st_mode) == 0o664
    assert "1 files lost their executable bit" in log_of(deployment, "permissions")
    Environment.objects.update(keep_executable=True)
    production.refresh_from_db()
    again = deploy(production).directory
    assert again is not None
    assert stat.S_IMODE((again / "run.sh").stat().st_mode) == 0o775


def test_an_owner_that_cannot_be_applied_fails_before_the_switch(
    production: Environment, deploy: Deploy
) -> None:
    """B5: and says what to do."""
    production.instance.owner = "nobody-of-that-name"
    production.instance.save(update_fields=("owner",))
    failed = deploy(production)
    assert failed.status == "failed"
    assert "no user “nobody-of-that-name”" in failed.message
    assert live(failed) is None


@pytest.mark.parametrize("kind", ["tag", "commit"])
def test_a_tag_or_a_commit_is_deployed(
    production: Environment, repository: Repository, deploy: Deploy, kind: str
) -> None:
    """B7: annotated tags are peeled; a commit may be abbreviated."""
    commit = repository.git("rev-parse", "HEAD")
    repository.git("tag", "--annotate", "--message=One", "v1")
    repository.commit({"index.html": "two"})
    wanted = Wanted("tag", "v1") if kind == "tag" else Wanted("commit", commit[:10])
    deployment = deploy(production, wanted)
    assert deployment.status == "succeeded", deployment.message
    assert deployment.commit == commit
    assert deployment.commit_subject == "The first page"
    assert deployment.commit_author == "Ada Tester"


def test_a_failed_export_leaves_nothing_that_looks_like_a_release(
    production: Environment, repository: Repository, deploy: Deploy
) -> None:
    """B7, B9: a submodule would make the tree incomplete, so there is no release."""
    repository.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},module")
    repository.git("commit", "--quiet", "--message=A submodule")
    failed = deploy(production)
    assert failed.status == "failed"
    assert "submodules (module)" in failed.message
    assert list(production.layout.releases.iterdir()) == []
    assert drafts(failed) == []
