"""The tree of SQL files: sql/NN_directory/NNN_name.sql, read in the order they are applied."""

import hashlib
import os
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from deployment.errors import DeployError
from deployment.statements import EXECUTES, MAY_MAKE_ANYTHING, Statement, statements

FROZEN = "01_schema"  # whose files are applied once
NUMBERED = re.compile(r"sql/\d\d_[^/]*/\d{3}_[^/]*\.sql")


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
        """Raises a DeployError where the file holds what a deploy does not allow."""
        return statements(self)

    @cached_property
    def makes(self) -> set[str]:
        """What its CREATEs name."""
        return {one.makes for one in self.statements if one.makes}

    @property
    def is_frozen(self) -> bool:
        """Whether it runs but once, for good."""
        return self.directory == FROZEN

    @property
    def is_online(self) -> bool:
        """Whether it asks, on its first line, to run beside the application."""
        return self.text.startswith("-- deploy: online\n")

    @cached_property
    def is_dynamic(self) -> bool:
        """Whether it may make what no CREATE of it names."""
        return any(one.kind in MAY_MAKE_ANYTHING for one in self.statements)

    @cached_property
    def only_defines(self) -> bool:
        """Whether it writes no row and changes no setting."""
        return all(one.kind not in EXECUTES for one in self.statements)

    @cached_property
    def about(self) -> set[str] | None:
        """The bare names of all it changes something of, as a statement's."""
        found = [one.about or set() for one in self.statements]
        return set().union(*found) if all(found) else None

    @property
    def rights(self) -> list[str]:
        """Its GRANTs, REVOKEs, COMMENTs and ALTERs that are undone once no file says them."""
        return [one.text for one in self.statements if one.is_undone]

    def place(self, position: int) -> dict:
        """Where an offset of its text is, for people."""
        line_start = self.text.rfind("\n", 0, position) + 1
        return {
            "file": self.path,
            "line": self.text.count("\n", 0, position) + 1,
            "column": position - line_start + 1,
            "source": self.text[line_start:].partition("\n")[0],
        }

    def refused(self, position: int, message: str, hint: str | None = None, **told: Any) -> DeployError:
        """What to say of that place."""
        return DeployError(message, hint, **self.place(position), **told)

    def taken(self, statement: Statement, name: str) -> DeployError:
        """What to say where something of others stands under the name."""
        hint = "Rename or drop it. A store made by other means: --adopt."
        return self.refused(statement.position, f"{name} stands already, and no file has made it", hint)


def read_tree(root: Path) -> list[SqlFile]:
    """All files under sql/, in order. What is neither such a file nor hidden is refused."""
    top = root / "sql"
    problems: list[OSError] = []
    folders = os.walk(top, onerror=problems.append, followlinks=True)  # glob() would pass over what may not be read
    entries = [Path(folder, name) for folder, below, names in folders for name in names + below * (folder != str(top))]
    for error in problems:
        if not isinstance(error, (FileNotFoundError, NotADirectoryError)):
            raise DeployError(f"{error.filename}: {error.strerror}", exit_code=2)
    paths = sorted(one.relative_to(root).as_posix() for one in entries if not one.name.startswith("."))
    if not paths:
        raise DeployError(f"there is no file to deploy in {top}", exit_code=2)
    for path in paths:
        if not NUMBERED.fullmatch(path) or not path.isprintable():
            raise DeployError(
                f"{path}: name it sql/NN_directory/NNN_name.sql, the digits saying the order", exit_code=2
            )
    return [read_file(path, root) for path in paths]


def read_file(path: str, root: Path) -> SqlFile:
    """One file, by its path under `root`. Its line ends are made LF, so that its hash is the same on every machine."""
    try:
        if (root / path).exists() and not (root / path).is_file():  # of a pipe there may be no end
            raise OSError(0, "it is no regular file")
        text = (root / path).read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except OSError as error:
        raise DeployError(f"{path}: {error.strerror}", exit_code=2) from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise DeployError(f"{path}:{line}: the file is not UTF-8", exit_code=2) from None
    directory, name = path.split("/")[-2:]
    return SqlFile(directory, name, path, text)
