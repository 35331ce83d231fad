"""Breaks the code on purpose, one promise at a time, and runs the tests that must notice.

    python tests/mutations/run.py [NAME …]      all of the list, or those named
    python tests/mutations/run.py --list        what there is

Run by hand, after a change of the tests or of what they watch over. One takes from five seconds to a minute and a half,
where a test must see that somebody waits for ever; all of them half an hour on two idle cores. Seen on 29 November 2026,
with PostgreSQL 18: 132 killed, 3 equivalent, none survived; 25 of the former in groups of up to nine, each
by a test of its own.

Each is applied to a copy of the tree, so that nothing here changes, and ends as one of

    killed        a test failed, and not for want of a store to test: the mutation could be deployed
    SURVIVED      the tests named passed, so that nobody would have noticed
    BROKEN        the tests could not run, or not to their end
    equivalent    the tests passed, as the list says they must: nothing that is promised has changed

Exit code: 0, or 1 if one survived, is broken, or was killed although it is listed as equivalent.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
NOT_COPIED = shutil.ignore_patterns(".*", "__pycache__", "node_modules", "*.egg-info")
LONGEST_RUN = 600  # seconds
FAILED = re.compile(r"^FAILED (.+?)(?: - .*)?$", re.MULTILINE)
TORN_DOWN = re.compile(r"^_+ ERROR at teardown of (\S+) _+$", re.MULTILINE)  # where a fixture checks the books


@dataclass(frozen=True)
class Mutation:
    """`text` of `file` becomes `becomes`, and one of `tests` fails, or as `equivalent` says why not, none."""

    name: str
    breaks: str
    file: str
    text: str
    becomes: str
    tests: tuple[str, ...]
    equivalent: str | None = None

    def occurrences(self, root: Path) -> int:
        """How often its text stands in its file: once, or it is not known what would be changed."""
        return (root / self.file).read_text(encoding="utf-8").count(self.text)

    def apply(self, root: Path) -> None:
        if (found := self.occurrences(root)) != 1:
            raise SystemExit(f"{self.name}: its text stands {found} times in {self.file}, and must once")
        path = root / self.file
        path.write_text(path.read_text(encoding="utf-8").replace(self.text, self.becomes), encoding="utf-8")


def mutations() -> list[Mutation]:
    """The list: a file a subject, a table a mutation."""
    return [
        Mutation(name, **told | {"tests": tuple(told["tests"])})
        for path in sorted(HERE.glob("*.toml"))
        for name, told in tomllib.loads(path.read_text(encoding="utf-8")).items()
    ]


def outcome(mutation: Mutation) -> tuple[str, str]:
    """What becomes of it, and of which test."""
    with TemporaryDirectory(prefix="store-mutation-") as directory:
        copy = Path(directory) / "store"
        shutil.copytree(ROOT, copy, ignore=NOT_COPIED)
        mutation.apply(copy)
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *mutation.tests]
        environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
        with subprocess.Popen(
            command, cwd=copy, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as tests:
            try:
                told, _ = tests.communicate(timeout=LONGEST_RUN)
            except subprocess.TimeoutExpired:
                return "BROKEN", f"it took longer than {LONGEST_RUN} s"
            finally:
                tests.terminate()  # as on Ctrl-C: their server must not stay behind
    if tests.returncode == 0:
        return ("equivalent", mutation.equivalent) if mutation.equivalent else ("SURVIVED", mutation.breaks)
    if found := FAILED.search(told) or TORN_DOWN.search(told):
        return "killed", found[1]
    return "BROKEN", " | ".join(told.strip().splitlines()[-3:])


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="the mutations to try (all)")
    parser.add_argument("--list", action="store_true", help="print the mutations and what they break")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    known = {mutation.name: mutation for mutation in mutations()}
    if unknown := [name for name in options.names if name not in known]:
        parser.error(f"no such mutation: {', '.join(unknown)}")
    chosen = [known[name] for name in options.names or known]
    if options.list:
        for mutation in chosen:
            print(f"{mutation.name}\n    {mutation.file}: {mutation.breaks}")
        return 0
    ended: dict[str, int] = {}
    is_well = True
    started = time.monotonic()
    for number, mutation in enumerate(chosen, 1):
        begun = time.monotonic()
        what, told = outcome(mutation)
        ended[what] = ended.get(what, 0) + 1
        is_well &= what == ("equivalent" if mutation.equivalent else "killed")
        print(f"{number}/{len(chosen)} {what} {mutation.name} ({time.monotonic() - begun:.0f} s): {told}", flush=True)
    print(", ".join(f"{count} {what}" for what, count in ended.items()), f"in {time.monotonic() - started:.0f} s")
    return 0 if is_well else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
