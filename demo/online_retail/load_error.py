"""Why a load ended, in one line: the user's mistakes and the server's refusals alike."""

from __future__ import annotations

import psycopg

from deployment.errors import DeployError, first_line


class LoadError(DeployError):
    """The file was not loaded; the message says why in one line."""


def in_one_line(error: psycopg.Error) -> str:
    """The server's message, with the detail or the line of the file that it is about."""
    diagnosis = error.diag
    about = diagnosis.message_detail
    if diagnosis.context and diagnosis.context.startswith("COPY"):
        about = diagnosis.context
    return first_line(error) + (f" ({about.splitlines()[0]})" if about else "")
