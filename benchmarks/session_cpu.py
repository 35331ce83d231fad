"""What a session has cost the server in CPU, which repeats better than time on a machine with other work."""

from __future__ import annotations

import math
import os
from pathlib import Path


def session_cpu_seconds(session: int) -> float:
    """What the process of this number has used, as Linux tells it; not a number where we cannot know."""
    try:
        return int(Path(f"/proc/{session}/schedstat").read_text().split()[0]) / 1e9
    except OSError:
        return math.nan


def ended_cpu_seconds(session: int) -> float:
    """What those have used who served beside this session and have ended: other sessions, parallel workers."""
    try:
        server = stat_fields(session)[1]
        ended_user, ended_system = stat_fields(server)[13:15]
    except OSError:
        return math.nan
    return (ended_user + ended_system) / os.sysconf("SC_CLK_TCK")


def stat_fields(process: int) -> list[int]:
    """What Linux tells about a process, from its state on: see proc(5)."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return [int(field) if field.lstrip("-").isdigit() else 0 for field in fields]
