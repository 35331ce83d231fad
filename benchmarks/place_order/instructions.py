"""How many instructions a call costs the server, counted by valgrind: the one measure of CPU that repeats.

A stopped server's data directory is served by a single process under callgrind, twice: with few calls and with more.
What lies between the two is the calls' own, the beginnings of a session left out.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

FEW, MORE = 5, 30


def instructions_of_a_call(binaries: Path, data_directory: Path, statements: list[str]) -> float:
    """Of each of the statements, which there are FEW + MORE of."""
    few = instructions(binaries, data_directory, statements[:FEW])
    return (instructions(binaries, data_directory, statements[FEW:]) - few) / (MORE - FEW)


def instructions(binaries: Path, data_directory: Path, statements: list[str]) -> int:
    counts = data_directory / "callgrind.out"
    owner = data_directory.stat()
    as_owner = ["setpriv", f"--reuid={owner.st_uid}", f"--regid={owner.st_gid}", "--clear-groups"]
    server = subprocess.run(
        [*(as_owner if os.geteuid() == 0 else []), "valgrind", "--quiet", "--tool=callgrind", f"--callgrind-out-file={counts}", binaries / "postgres", "--single",
         "-D", data_directory, "-c", "search_path=store,pg_temp", "-c", "full_page_writes=off", "store"],
        input="".join(f"{statement}\n" for statement in statements), capture_output=True, text=True, check=False,
    )  # fmt: skip
    if server.returncode != 0 or "ERROR" in server.stderr:
        sys.exit(server.stderr)
    return int(re.findall(r"^(?:summary|totals): (\d+)", counts.read_text(), re.MULTILINE)[-1])
