"""How a statement was refused."""

import psycopg
import pytest


def sqlstate(session, query, *parameters):
    """The code a statement is refused with, None where it is not."""
    try:
        session.execute(query, parameters or None)
    except psycopg.Error as error:
        return error.sqlstate
    return None


def refusal(session, query, *parameters):
    """All that is told of a statement that must fail."""
    with pytest.raises(psycopg.Error) as refused:
        session.execute(query, parameters or None)
    return refused.value.diag
