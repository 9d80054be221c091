"""The demo application: a small site in a git repository of its own, deployed by real hooks."""

import os
import subprocess
from pathlib import Path

from django.conf import settings

from deployments import operations
from deployments.models import Deployment, Environment, Instance, Operation

FILES = {
    "README.md": """# The demo application

Change a file, commit, and press Deploy. Make a hook fail, and see that the live site does not notice.
""",
    "site/index.html": """<!doctype html>
<title>Demo</title>
<h1>It works</h1>
<p>This page is release @RELEASE@ of @ENVIRONMENT@.</p>
""",
    ".amezmo/after.pull": """set -e
echo "Building the site of $REPO_NAME at ${COMMIT_ID:0:8}"
mkdir -p public
for page in site/*.html; do
    sed -e "s/@RELEASE@/$RELEASE_ID/" -e "s/@ENVIRONMENT@/$ENVIRONMENT_NAME/" "$page" > "public/${page##*/}"
    printf '\\e[32m✓\\e[0m %s\\n' "public/${page##*/}"
    sleep 0.3
done
printf 'Packing  30%%'; sleep 0.4; printf '\\rPacking  70%%'; sleep 0.4; printf '\\rPacking 100%%\\n'
ln -sfn "$STORAGE_DIRECTORY/public" public/uploads
echo "$(find public -type f | wc -l) page built"
""",
    ".amezmo/before.deploy": """set -e
echo "Checking the pages before anybody sees them"
grep -q "$RELEASE_ID" public/index.html && printf '\\e[32m✓\\e[0m index.html names its release\\n'
! grep -rq '@RELEASE@' public && printf '\\e[32m✓\\e[0m no placeholder is left\\n'
""",
    ".amezmo/after.deploy": """echo "$APPLICATION_ROOT is live; a web server would be told to reload here."
""",
    ".amezmo/deploy.failure": """echo "Deployment $RELEASE_NUMBER failed; here somebody would be told."
""",
}

_IDENTITY = {
    "GIT_AUTHOR_NAME": "Amezmo",
    "GIT_AUTHOR_EMAIL": "demo@example.org",
    "GIT_COMMITTER_NAME": "Amezmo",
    "GIT_COMMITTER_EMAIL": "demo@example.org",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
}


def begin() -> Deployment | None:
    """Make the demo and queue its first deployment; None if this installation has begun already."""
    if Instance.objects.exists() or "file" not in settings.AMEZMO_GIT_PROTOCOLS:
        return None
    environment = Environment(
        instance=Instance(name="demo"),
        name="production",
        repository=str(_make_repository(Path(settings.DATA_DIR) / "demo" / "repository")),
        branch="main",
        app_type=Environment.AppType.STATIC,
    )
    operations.create_environment(environment)
    return operations.deploy(environment, trigger=Operation.Trigger.COMMAND)


def _make_repository(path: Path) -> Path:
    if not (path / ".git").exists():
        for name, content in FILES.items():
            file = path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content)
        _git(path, "init", "--quiet", "--initial-branch=main")
        _git(path, "add", "--all")
        _git(path, "commit", "--quiet", "--message=A page that names its release")
    return path


def _git(path: Path, *arguments: str) -> None:
    subprocess.run(
        ["git", "-C", str(path), *arguments], env={"PATH": settings.AMEZMO_HOOK_PATH, **_IDENTITY}, check=True
    )
