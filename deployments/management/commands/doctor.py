"""`manage.py doctor`: what is wrong here, and the fix."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from deployments import doctor


class Command(BaseCommand):
    help = "Says what is wrong with this installation, and how to mend it. Exit status 1 if anything is."
    requires_system_checks: list[str] = []  # it reports them itself

    def handle(self, *args: Any, **options: Any) -> None:
        marks = {
            "well": self.style.SUCCESS("✓"),
            "note": self.style.WARNING("!"),
            "wrong": self.style.ERROR("✗"),
        }
        wrong = notes = 0
        for finding in doctor.examine():
            wrong += finding.level == "wrong"
            notes += finding.level == "note"
            self.stdout.write(f"{marks[finding.level]} {finding.what}")
            if finding.fix:
                self.stdout.write(f"    {finding.fix}")
        if wrong:
            raise CommandError(f"{wrong} thing{'s' if wrong > 1 else ''} to mend.")
        self.stdout.write(f"Nothing is wrong; {notes} to note." if notes else "All is well.")
