"""`manage.py doctor`: a line for each thing, the fix below it, and an exit status for scripts."""

from django.utils import timezone
from pytest_django import Settings

from deployments.models import WorkerHeartbeat
from tests.commands.conftest import Run


def test_it_says_that_all_is_well(db: None, run: Run) -> None:
    now = timezone.now()
    WorkerHeartbeat.objects.create(
        cluster="default", host="web1", pid=1, version="1", workers=1, started_at=now, seen_at=now
    )
    ran = run("doctor")
    assert ran.status == 0
    # Root is told that hooks run as root, which is worth a note and nothing wrong.
    notes = ran.out.count("\n! ")
    assert ran.out.endswith(f"Nothing is wrong; {notes} to note.\n" if notes else "All is well.\n")
    assert "✓ the queue “default” is served by web1\n" in ran.out
    assert "✗" not in ran.out


def test_it_ends_with_1_and_the_fix_where_something_is_wrong(db: None, run: Run, settings: Settings) -> None:
    settings.AMEZMO_STOP_SECONDS = -1
    ran = run("doctor")
    assert ran.status == 1
    assert ran.told == "2 things to mend."
    assert "✗ AMEZMO_STOP_SECONDS has to be more than 0.\n    Unset it to get its default.\n" in ran.out
    assert "    Start one on its host: AMEZMO_CLUSTER=default manage.py worker\n" in ran.out
