"""The tree of SQL files: sql/NN_directory/NNN_name.sql, read in the order they are applied."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from deployment.statements import Statement, statements

HEAD = re.compile(r"\(|\bAS\b", re.IGNORECASE)  # what ends the part that names what is made


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
        quoted = {name.replace(" ", ' "') + '"' for name in made}  # as some words must be
        return frozenset(made | quoted)

    @property
    def may_reach_elsewhere(self) -> bool:
        """Whether it may make something in another schema: it names one, or may do anything."""
        creates = [one for one in self.statements if one.word == "CREATE"]
        heads = [HEAD.split(one.text, maxsplit=1)[0] for one in creates]
        return self.is_dynamic or any("." in head for head in heads)


def read_tree(root: Path) -> list[SqlFile]:
    """All files under sql/, in order."""
    paths = sorted((root / "sql").glob("*/*.sql"))
    if not paths:
        raise TreeError(f"there is no file to deploy in {root / 'sql'}")
    for path in paths:
        if not re.match(r"\d{3}_", path.name) or not re.match(r"\d\d_", path.parent.name):
            shown = path.relative_to(root).as_posix()
            raise TreeError(
                f"{shown}: name it sql/NN_directory/NNN_name.sql, the digits saying the order"
            )
    return [read_file(path, root) for path in paths]


def read_file(path: Path, root: Path) -> SqlFile:
    """One file. Its line ends are made LF, so that its hash is the same on every machine."""
    shown = path.relative_to(root).as_posix()
    try:
        content = path.read_bytes()
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
    except OSError as error:
        raise TreeError(f"{shown}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise TreeError(f"{shown}:{line}: the file is not UTF-8") from None
    return SqlFile(path.parent.name, path.name, shown, text)
