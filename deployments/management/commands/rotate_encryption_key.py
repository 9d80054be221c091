"""`manage.py rotate_encryption_key`: every secret encrypted anew, with a new key."""

import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from deployments import operations
from deployments.errors import Failure
from deployments.vault import new_key


class Command(BaseCommand):
    help = "Encrypts every secret anew: with a new key, or with the first of AMEZMO_ENCRYPTION_KEYS."

    def handle(self, *args: Any, **options: Any) -> None:
        keys, path = list(settings.AMEZMO_ENCRYPTION_KEYS), Path(settings.AMEZMO_ENCRYPTION_KEYS_FILE)
        from_file = path.exists() and path.read_text().split() == keys
        try:
            if from_file:
                keys = [new_key(), *keys]
                _write(path, keys)  # before anything is sealed with it
                settings.AMEZMO_ENCRYPTION_KEYS = keys
            count = operations.rotate_secrets()
        except Failure as failure:
            raise CommandError(str(failure)) from failure
        self.stdout.write(f"{count} secrets are encrypted with the first key.")
        if from_file:
            self.stdout.write(
                f"{path} holds the new key, and after it the old ones: running processes still use those. "
                "Restart web and worker, then remove all lines but the first."
            )
        else:
            self.stdout.write("The other keys of AMEZMO_ENCRYPTION_KEYS are no longer needed.")


def _write(path: Path, keys: list[str]) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as handle:
        handle.write("\n".join(keys) + "\n")
        handle.flush()
        os.fsync(descriptor)
    draft.replace(path)
