"""Reading a tree's modes."""

import stat
from pathlib import Path


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def entries(root: Path) -> list[Path]:
    return [root, *sorted(root.rglob("*"))]
