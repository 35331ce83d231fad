"""The tree of SQL files: sql/NN_directory/NNN_name.sql, read in the order they are applied."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from deployment.statements import Statement, statements

HEAD = re.compile(r"\(|\bAS\b", re.IGNORECASE)  # what ends the part that names what is made

NUMBERED = re.compile(r"sql/\d\d_[^/]*/\d{3}_[^/]*")
DEFINES = {"ALTER", "COMMENT", "CREATE", "DROP", "GRANT", "REVOKE"}


class TreeError(Exception):
    """The tree cannot be read; the message names the file."""


@dataclass(frozen=True)
class SqlFile:
    """A file of the tree; `path` is what messages call it."""

    directory: str
    name: str
    path: str
    text: str

    @property
    def key(self) -> tuple[str, str]:
        return (self.directory, self.name)

    @cached_property
    def sha256(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()

    @cached_property
    def statements(self) -> list[Statement]:
        """Raises a StatementError where the file holds what a deploy does not allow."""
        return statements(self.text)

    @property
    def is_online(self) -> bool:
        """Whether it asks, on its first line, to run beside the application."""
        return self.text.startswith("-- deploy: online\n")

    @property
    def is_dynamic(self) -> bool:
        """Whether it may make what no CREATE of it names."""
        return any(one.word in ("DO", "SELECT", "WITH", "CALL") for one in self.statements)

    @cached_property
    def plainly_makes(self) -> frozenset[str] | None:
        """`view v`, `function f`, if it does nothing but make these and speak of them, else None."""
        made = {one.makes for one in self.statements if one.word == "CREATE"}
        if not made or any(not one.is_plainly_about(made) for one in self.statements):
            return None
        return frozenset(made)

    def only_replaces_views(self, standing: set[str]) -> bool:
        """Whether all that stands keeps its place in the catalog when it runs."""
        made = self.plainly_makes or set()
        return bool(made) and made <= standing and all(one.startswith("view ") for one in made)

    @property
    def only_defines(self) -> bool:
        """Whether it writes no row and changes no setting."""
        return all(one.word in DEFINES for one in self.statements)

    @property
    def may_reach_elsewhere(self) -> bool:
        """Whether it may make something in another schema: it names one, or may do anything."""
        creates = [one for one in self.statements if one.word == "CREATE"]
        heads = [HEAD.split(one.text, maxsplit=1)[0] for one in creates]
        return self.is_dynamic or any("." in head for head in heads)


def read_tree(root: Path) -> list[SqlFile]:
    """All files under sql/, in order."""
    top = root / "sql"
    directories = sorted(entry.name for entry in os.scandir(top) if entry.is_dir()) if top.is_dir() else []
    paths = [
        f"sql/{directory}/{name}"
        for directory in directories
        for name in sorted(os.listdir(top / directory))
        if name.endswith(".sql")
    ]
    if not paths:
        raise TreeError(f"there is no file to deploy in {top}")
    for path in paths:
        if not NUMBERED.fullmatch(path):
            raise TreeError(
                f"{path}: name it sql/NN_directory/NNN_name.sql, the digits saying the order"
            )
    return [read_file(path, root) for path in paths]


def read_file(path: str, root: Path) -> SqlFile:
    """One file, by its path under `root`. Its line ends are made LF, so that its hash is the same
    on every machine.
    """
    try:
        with open(root / path, "rb") as file:
            content = file.read()
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
    except OSError as error:
        raise TreeError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise TreeError(f"{path}:{line}: the file is not UTF-8") from None
    directory, name = path.split("/")[-2:]
    return SqlFile(directory, name, path, text)
