"""Who owns the store and which group roles it needs: checked, and as far as the login may, made,
before anything else.
"""

from __future__ import annotations

from psycopg import Connection, errors, sql

from deployment.report import DeployError
from deployment.server import first_line

GROUP_ROLES = ["shop_customer", "shop_staff", "shop_analyst", "shop_auditor"]


def missing_roles(connection: Connection) -> list[str]:
    """The group roles to be made. Roles belong to the whole cluster: one with powers is refused,
    never altered.
    """
    found = connection.execute(
        "SELECT rolname, rolcanlogin, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = ANY(%s)",
        [GROUP_ROLES],
    ).fetchall()
    for name, *has in found:
        powers = [
            power
            for power, held in zip(["LOGIN", "SUPERUSER", "BYPASSRLS"], has, strict=True)
            if held
        ]
        if powers:
            cure = " ".join("NO" + power for power in powers)
            raise DeployError(
                f"role {name} has {' and '.join(powers)}, which a group role must not have",
                hint=f"Have a superuser run: ALTER ROLE {name} {cure};",
            )
    known = {name for name, *_ in found}
    return [name for name in GROUP_ROLES if name not in known]


def who_may_create_roles(connection: Connection, owner: str | None) -> tuple[bool, bool]:
    """Whether the login may, and whether the future owner of the store may."""
    return connection.execute(
        """SELECT
            bool_or(rolname = current_user AND may),
            bool_or(rolname = coalesce(%s::TEXT, current_user) AND may)
        FROM (SELECT rolname, rolsuper OR rolcreaterole AS may FROM pg_roles) AS role""",
        [owner],
    ).fetchone()


def roles_must_be_made(missing: list[str], why: str) -> DeployError:
    ready = " ".join(f"CREATE ROLE {name} NOLOGIN;" for name in missing)
    return DeployError(
        f"missing roles: {', '.join(missing)} ({why})",
        hint=f"Have a role with CREATEROLE run: {ready}",
    )


def become_owner(connection: Connection, schema: str, owner: str | None) -> None:
    """Makes the schema if it is missing, and takes the role that owns it until the transaction
    ends.
    """
    standing_owner, login_may_create, wanted = connection.execute(
        """SELECT
            (SELECT nspowner::REGROLE::TEXT FROM pg_namespace WHERE nspname = %s),
            has_database_privilege(current_database(), 'CREATE'),
            quote_ident(coalesce(%s::TEXT, current_user))""",
        [schema, owner],
    ).fetchone()
    role = sql.Identifier(owner) if owner else sql.SQL("CURRENT_ROLE")
    create = sql.SQL("CREATE SCHEMA {} AUTHORIZATION {}").format(sql.Identifier(schema), role)
    try:
        if standing_owner is None and login_may_create:
            connection.execute(create)
        if owner:
            connection.execute(sql.SQL("SET LOCAL ROLE {}").format(role))
        if standing_owner is None and not login_may_create:
            connection.execute(create)
    except errors.InsufficientPrivilege as error:
        ready = f"CREATE SCHEMA {schema} AUTHORIZATION {wanted};"
        raise DeployError(
            first_line(error), sqlstate="42501", hint=f"Have a superuser run: {ready}"
        ) from None
    if standing_owner not in (None, wanted):
        raise DeployError(
            f"schema {schema} belongs to {standing_owner}, not to {wanted}",
            hint=f"Deploy as its owner: --role {standing_owner}",
        )
