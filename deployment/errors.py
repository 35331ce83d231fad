"""What the user is told where something cannot be done: why, where in which file, and what to do about it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import psycopg

if TYPE_CHECKING:
    from deployment.statements import Statement
    from deployment.tree import SqlFile

ERROR_FIELDS = ["file", "line", "column", "statement", "sqlstate", "message", "detail", "hint", "context"]
# The password of a URL, up to its last @, and what is given for a password by name.
SECRET = re.compile(r"(://[^\s:/@]*:)\S*(?=@)|\b((?:ssl)?password\s*=\s*)('(?:[^'\\]|\\.)*'|\S+)", re.IGNORECASE)
# Where the server's own advice cannot be followed, or there is none.
HINTS = {
    "25001": "What runs beside the application stands alone in a file that begins with the line: -- deploy: online",
    "55P04": "Deploy what adds the value by itself, then what uses it. A CHECK on a TEXT needs no second deploy.",
}


class DeployError(Exception):
    """It cannot go on: `exit_code` is 2 for wrong usage; `where` is what a file's place() tells."""

    def __init__(self, message: str, hint: str | None = None, exit_code: int = 1, **where: Any):
        super().__init__(message)
        self.exit_code = exit_code
        self.source = where.pop("source", "")
        self.fields: dict[str, Any] = dict.fromkeys(ERROR_FIELDS) | {"message": message, "hint": hint} | where

    def after(self, words: str, **where: Any) -> DeployError:
        """The error, with these words before its message."""
        self.fields |= where | {"message": f"{words}: {self.fields['message']}"}
        return self

    def text(self) -> str:
        """`file:line: ERROR code: message`, the line with a caret, and what the server added."""
        told = self.fields
        place = "".join(f"{told[name]}:" for name in ("file", "line") if told[name])
        code = f"ERROR {told['sqlstate']}:" if told["sqlstate"] else "ERROR:"
        lines = [" ".join(filter(None, [place, code, told["message"]]))]
        if self.source:
            before_caret = re.sub(r"[^\t]", " ", self.source[: told["column"] - 1])
            lines += ["    " + self.source, "    " + before_caret + "^"]
        lines += [f"{name.upper()}: {told[name]}" for name in ("detail", "hint", "context") if told[name]]
        return "\n".join(lines)


def failure(
    error: psycopg.Error, file: SqlFile | None = None, statement: Statement | None = None, offset: int = 0
) -> DeployError:
    """The server's error, put at the line of the file it comes from; `offset` is where in the
    message to the server the statement began.
    """
    told = error.diag
    where: dict[str, Any] = {"file": file and file.path}
    if file is not None and statement is not None:
        position = statement.position + offset_in(statement, told, offset)
        where = file.place(position) | {"statement": statement.text}
    return DeployError(
        told.message_primary or f"the connection was lost: {first_line(error)}",
        hint=HINTS.get(error.sqlstate or "", told.message_hint),
        sqlstate=error.sqlstate,
        detail=told.message_detail,
        context=told.context,
        **where,
    )


def offset_in(statement: Statement, told: psycopg.errors.Diagnostic, offset: int) -> int:
    """How far into the statement the error is: the server's own position, or the line of a DO block's body."""
    if told.statement_position:
        return int(told.statement_position) - 1 - offset
    line = re.search(r"inline_code_block\D*(\d+)", told.context or "")
    body = re.search(r"\$\w*\$|'", statement.text)
    if statement.kind != "DoStmt" or line is None or body is None:
        return 0
    *before, found = statement.text[body.end() :].split("\n")[: int(line[1])]
    indent = len(found) - len(found.lstrip())
    return body.end() + sum(len(text) + 1 for text in before) + indent


def without_passwords(text: str) -> str:
    return SECRET.sub(lambda found: (found[1] or found[2]) + "***", text)


def first_line(error: Exception) -> str:
    """What an error says, without the lines that repeat its place."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]
