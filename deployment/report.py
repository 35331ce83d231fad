"""What a deploy tells its user: progress, results, tables, or all of it as one JSON object."""

import contextlib
import json
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, TextIO

from deployment.errors import DeployError, without_passwords
from deployment.tree import SqlFile

JSON_FORMAT = 1
# What has become of all that was to be done.
NOTHING_CHANGED, COMMITTED, UNKNOWN = "nothing changed", "committed", "unknown"
CHANGING = ("deploy", "repair", "adopt")  # the modes that may
SAID_OF = {
    NOTHING_CHANGED: "Rolled back: nothing has changed.",
    COMMITTED: "What came before is committed.",
    UNKNOWN: "Whether it was committed is unknown: run again, which does what is left to do.",
}
SECONDS_WITHOUT_PROGRESS = 2
# What would be a command to the terminal, in a name or a query of others.
CODES = (*range(9), *range(11, 32), *range(127, 160), *range(0x202A, 0x202F), *range(0x2066, 0x206A))
CONTROLS = {code: chr(code).encode("unicode_escape").decode() for code in CODES}


@dataclass
class Report:
    """Collects what was done, and prints it as it goes or as JSON at the end."""

    mode: str
    schema: str
    as_json: bool
    verbose: bool
    server_version: str | None = None
    dsn: str = ""
    psql: str = "psql"
    outcome: str | None = None
    exit_code: int = 0
    files: list[dict] = field(default_factory=list)
    pending: list[SqlFile] = field(default_factory=list)
    drift: list[dict] = field(default_factory=list)
    unmanaged: list[dict] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    extra: dict = field(default_factory=dict)
    has_announced_waiting: bool = False

    def say(self, text: str) -> None:
        """A result."""
        if not self.as_json:
            write(sys.stdout, text)

    def progress(self, text: str) -> None:
        """A word while the user waits."""
        if not self.as_json:
            write(sys.stderr, text)

    def remark(self, text: str) -> None:
        """What is worth knowing and no error, by the server too."""
        self.notices.append(text)
        self.progress(text)

    def waits(self, error: DeployError) -> None:
        if not self.has_announced_waiting:
            self.progress(f"Waiting: {error}")
        self.has_announced_waiting = True

    def start_over(self) -> None:
        """What was done in a transaction that is rolled back was not done."""
        self.files.clear()

    def over(self, files: Sequence[SqlFile]) -> Iterable[SqlFile]:
        """The files, with a progress bar once they have taken two seconds, as from far away they do."""
        if self.as_json or self.verbose or sys.stderr is None or not sys.stderr.isatty():
            return files
        from tqdm import tqdm  # costs more than a deploy with nothing to do

        return tqdm(files, delay=SECONDS_WITHOUT_PROGRESS, unit=" files", leave=False)

    def ran(self, file: SqlFile, action: str, reason: str, seconds: float = 0) -> None:
        ms = round(seconds * 1000, 1)
        self.add(file.directory, file.name, action, reason, file.sha256, ms)
        if self.verbose and action == "apply":
            self.say(f"{ms:8.1f} ms  {file.path} ({reason})")

    def add(self, *values: Any) -> None:
        self.files.append(dict(zip(("directory", "file", "action", "reason", "sha256", "ms"), values, strict=True)))

    def decided(self, found: dict[str, list[str]], loaded_before: bool = False) -> None:
        """What is made anew, dropped, granted and filled, apart from the files."""
        self.extra |= found
        if loaded_before:
            self.say("The demo store was loaded before; it is not loaded again.")

    def forecast(self) -> None:
        """What `--plan` has found."""
        pending = [one for one in self.files if one["action"] == "apply"]
        self.say(f"{len(pending)} of {len(self.files)} files would run.")
        for one in pending:
            top = "" if one["reason"] == "demo" else "sql/"
            self.say(f"    {top}{one['directory']}/{one['file']} ({one['reason']})")
        for key, title in [
            ("rebuilds", "Would be dropped and made anew:"),
            ("rebuilds_of_others", "Views of others that would be made anew as they are:"),
            ("drops", "Would be dropped, since no file makes it any more:"),
            ("regrants", "Would be taken back, since no file says it any more:"),
            ("fills", "Would be filled, since nothing ever was:"),
        ]:
            if names := self.extra.get(key):
                self.say("\n    ".join([title, *names]))

    def survey(self, drift: list, unmanaged: list[dict], compared_with: str | None = None) -> None:
        """What `--verify` has found, or `--repair` has left."""
        if compared_with:
            self.say(f"Compared with {compared_with}.")
        self.drift, self.unmanaged = [{"kind": one.kind} | asdict(one) for one in drift], unmanaged
        self.extra["compared_with"] = compared_with or "a fresh store"
        for one in drift:
            expected, actual = shortened(one.expected, one.actual), shortened(one.actual, one.expected)
            self.say(f"{one.object}: {one.what}\n    expected  {expected}\n    actual    {actual}")
            self.say(f"    repair    {one.fix};" if one.fix else "    repair    by hand")
        if unmanaged:
            self.say("Of others, left alone:")
        for one in unmanaged:
            self.say(f"    {one['object']}: {one['what']}")

    def finish(self, outcome: str, text: str = "", exit_code: int = 0) -> None:
        self.outcome, self.exit_code = outcome, exit_code
        if text:
            self.say(text)

    def done(self) -> int:
        self._print_json(None)
        return self.exit_code

    def failed(self, error: DeployError, outcome: str | None) -> int:
        """Say what went wrong, and what has become of all that was done; `outcome` is None before anything was."""
        self.outcome = outcome or NOTHING_CHANGED
        if self.outcome == NOTHING_CHANGED:
            self.files = [one | {"action": "rolled back"} for one in self.files if one["action"] == "apply"]
        for file in self.pending:
            self.add(file.directory, file.name, "pending", "online", file.sha256, 0.0)
        self._print_json(error.fields)
        said = SAID_OF[outcome] if outcome and self.mode in CHANGING and error.exit_code == 1 else ""
        if self.pending and outcome == COMMITTED:
            said += f" Still to do: {', '.join(file.path for file in self.pending)}. Run again."
        if not self.as_json:
            write(sys.stderr, without_passwords("\n".join(filter(None, [error.text(), said]))))
        return error.exit_code

    def _print_json(self, error: dict | None) -> None:
        if self.as_json:
            names = ("mode", "schema", "server_version", "outcome", "files", "drift", "unmanaged", "notices")
            told = {"format": JSON_FORMAT, "error": error} | {name: getattr(self, name) for name in names}
            write(sys.stdout, json.dumps(told | self.extra))


def shortened(value: str | None, other: str | None) -> str:
    """A value on one line, a long one from shortly before where it is another than the other."""
    if value is None:
        return "nothing"
    text = " ".join(value.split())
    start = max(0, len(os.path.commonprefix([text, " ".join((other or "").split())])) - 60) if len(text) > 120 else 0
    return "…" * bool(start) + (text[start:] if len(text) <= start + 120 else text[start : start + 119] + "…")


def write(stream: TextIO | None, text: str) -> None:
    """A reader that has left, such as `head`, a full disk or a terminal without a letter must not end a deploy."""
    if stream is None:
        return
    try:
        encoding = stream.encoding or "utf-8"
        print(text.translate(CONTROLS).encode(encoding, "backslashreplace").decode(encoding), file=stream, flush=True)
    except OSError:  # what is left in the buffer would fail again at the end
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def table(columns: Sequence[str], rows: Iterable[Sequence]) -> str:
    """Rows as a table; numbers and times stand to the right."""
    laid_out = []
    for name, *values in zip(columns, *rows, strict=True):
        cells = [name, *("" if value is None else str(value) for value in values)]
        width = max(map(len, cells))
        align = str.ljust if any(isinstance(value, str) for value in values) else str.rjust
        laid_out.append([align(cell, width) for cell in [name, "-" * width, *cells[1:]]])
    return "\n".join("  ".join(line).rstrip() for line in zip(*laid_out, strict=True))
