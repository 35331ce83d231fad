"""What a session has cost the server in CPU, which repeats better than time on a machine with other work."""

from __future__ import annotations

import math
from pathlib import Path


def session_cpu_seconds(session: int) -> float:
    """What the process of this number has used, as Linux tells it; not a number where we cannot know."""
    try:
        return int(Path(f"/proc/{session}/schedstat").read_text().split()[0]) / 1e9
    except OSError:
        return math.nan
