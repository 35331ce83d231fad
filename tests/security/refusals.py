"""How a statement was refused."""

import psycopg


def sqlstate(session, query, *parameters):
    """The code a statement is refused with, None where it is not."""
    try:
        session.execute(query, parameters or None)
    except psycopg.Error as error:
        return error.sqlstate
    return None
