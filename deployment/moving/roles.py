"""The roles a store needs on its new server: its owner, whoever was granted something in it, and those of
their members that get into its schema, not another store's; those that are missing are made as they are
on the old one, password and settings included.
"""

from typing import Any

from psycopg import sql

from deployment.moving.end import End

# Who owns something of the store, or may do something with it.
SPOKEN_OF = """
    SELECT refobjid AS role FROM pg_shdepend
    WHERE dbid = %(database)s AND refclassid = 'pg_authid'::REGCLASS AND (
        classid = 'pg_namespace'::REGCLASS AND objid = %(schema)s
        OR (classid, objid) IN (
            SELECT classid, objid FROM pg_depend
            WHERE refclassid = 'pg_namespace'::REGCLASS AND refobjid = %(schema)s
        )
        OR classid = 'pg_policy'::REGCLASS AND objid IN (
            SELECT pg_policy.oid FROM pg_policy INNER JOIN pg_class ON pg_class.oid = polrelid
            WHERE relnamespace = %(schema)s
        )
    )"""
# The roles of the store, by name; PostgreSQL's own and superusers are each server's own affair.
ROLES = f"""
WITH RECURSIVE granted AS ({SPOKEN_OF}
    UNION
    SELECT member FROM pg_auth_members INNER JOIN granted ON roleid = granted.role
    WHERE EXISTS (
        SELECT FROM pg_namespace, aclexplode(coalesce(nspacl, acldefault('n', nspowner))) AS acl
        WHERE pg_namespace.oid = %(schema)s
        AND CASE grantee WHEN 0 THEN TRUE ELSE pg_has_role(member, grantee, 'MEMBER') END
    )
)
SELECT rolname::TEXT FROM pg_authid
INNER JOIN granted ON oid = role
WHERE rolname !~ '^pg_' AND NOT rolsuper
ORDER BY rolname"""
SUPERUSERS = f"""
WITH spoken_of AS ({SPOKEN_OF}
)
SELECT quote_ident(rolname) FROM pg_authid WHERE rolsuper AND oid IN (SELECT role FROM spoken_of) ORDER BY rolname"""
ATTRIBUTES = """
SELECT
    rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, rolbypassrls,
    rolconnlimit, rolpassword, rolvaliduntil::TEXT
FROM pg_authid WHERE rolname = %s"""
WORDS = ["INHERIT", "CREATEROLE", "CREATEDB", "LOGIN", "REPLICATION", "BYPASSRLS"]
MEMBERS = """
SELECT
    roleid::REGROLE::TEXT, member::REGROLE::TEXT, admin_option,
    coalesce(to_jsonb(pg_auth_members) ->> 'inherit_option', 'true'),
    coalesce(to_jsonb(pg_auth_members) ->> 'set_option', 'true')
FROM pg_auth_members
WHERE
    member IN (SELECT oid FROM pg_roles WHERE rolname::TEXT = ANY(%(roles)s))
    AND roleid IN (SELECT oid FROM pg_roles WHERE rolname::TEXT = ANY(%(roles)s) OR rolname ~ '^pg_')"""
SETTINGS = """
SELECT
    (SELECT rolname::TEXT FROM pg_roles WHERE oid = setrole),
    setdatabase <> 0,
    split_part(setting, '=', 1),
    substr(setting, strpos(setting, '=') + 1)
FROM pg_db_role_setting, unnest(setconfig) AS setting
WHERE
    setdatabase IN (0, %(database)s) AND (setdatabase <> 0 OR setrole <> 0)
    AND (setrole = 0 OR setrole IN (SELECT oid FROM pg_roles WHERE rolname::TEXT = ANY(%(roles)s)))"""
DATABASE_RIGHTS = """
SELECT grantee::REGROLE::TEXT, privilege_type, CASE WHEN is_grantable THEN 'WITH GRANT OPTION' ELSE '' END
FROM pg_database, aclexplode(coalesce(datacl, acldefault('d', datdba))) AS acl
WHERE datname = current_database() AND grantee IN (SELECT oid FROM pg_roles WHERE rolname::TEXT = ANY(%s))"""
# Lists whose elements the catalog keeps quoted already.
QUOTED_LISTS = ["search_path", "temp_tablespaces", "local_preload_libraries", "session_preload_libraries"]


def roles_of(old: End) -> list[str]:
    return old.column(ROLES, {"schema": old.schema_oid, "database": old.database})


def missing_roles(old: End, new: End) -> list[str]:
    known = new.column("SELECT rolname::TEXT FROM pg_roles")
    return [name for name in roles_of(old) if name not in known]


def missing_superusers(old: End, new: End) -> list[str]:
    """Of those that the store speaks of; no power is brought along."""
    known = new.column("SELECT quote_ident(rolname) FROM pg_roles")
    return [
        name
        for name in old.column(SUPERUSERS, {"schema": old.schema_oid, "database": old.database})
        if name not in known
    ]


def bring_roles(old: End, new: End) -> None:
    """Make what is missing; leave what is there as it is."""
    roles, missing = roles_of(old), missing_roles(old, new)
    with new.connection.transaction():
        for name in missing:
            new.execute(creation(name, *old.one(ATTRIBUTES, [name])))
        has = {row[:2] for row in new.rows(MEMBERS, {"roles": roles})}
        for group, member, is_admin, inherits, may_set in old.rows(MEMBERS, {"roles": roles}):
            if (group, member) not in has:
                new.execute(membership(new, group, member, is_admin, inherits, may_set))
        for role, privilege, grantable in old.rows(DATABASE_RIGHTS, [roles]):
            words = {"privilege": privilege, "role": role, "grantable": grantable}
            new.do(
                "GRANT {privilege} ON DATABASE {database} TO {role} {grantable}",
                database=new.identity.partition("/")[2],
                **{name: sql.SQL(word) for name, word in words.items()},
            )
        for role, in_database, name, value in old.rows(SETTINGS, {"roles": roles, "database": old.database}):
            if in_database or role in missing:
                new.execute(setting(new, role, in_database, name, value))


def creation(name: str, *attributes: Any) -> sql.Composed:
    *powers, limit, password, valid_until = attributes
    words = [word if has else f"NO{word}" for word, has in zip(WORDS, powers, strict=True)]
    statement = sql.SQL("CREATE ROLE {} {} CONNECTION LIMIT {}").format(
        sql.Identifier(name), sql.SQL(" ".join(words)), sql.Literal(limit)
    )
    if password is not None:  # the verifier, as pg_dumpall takes it along
        statement += sql.SQL(" PASSWORD {}").format(sql.Literal(password))
    if valid_until is not None:
        statement += sql.SQL(" VALID UNTIL {}").format(sql.Literal(valid_until))
    return statement


def membership(new: End, group: str, member: str, is_admin: bool, inherits: str, may_set: str) -> str:
    """Both names come quoted from the catalog."""
    if new.major < 16:
        return f"GRANT {group} TO {member}" + (" WITH ADMIN OPTION" if is_admin else "")
    return f"GRANT {group} TO {member} WITH ADMIN {is_admin}, INHERIT {inherits}, SET {may_set}"


def setting(new: End, role: str | None, in_database: bool, name: str, value: str) -> sql.Composed:
    database = sql.Identifier(new.identity.partition("/")[2])
    where = sql.SQL("DATABASE {}").format(database)
    if role is not None:
        where = sql.SQL("ROLE {}").format(sql.Identifier(role))
        where += sql.SQL(" IN DATABASE {}").format(database) if in_database else sql.SQL("")
    said = sql.SQL(value) if name in QUOTED_LISTS and value else sql.Literal(value)
    return sql.SQL("ALTER {} SET {} = {}").format(where, sql.Identifier(*name.split(".")), said)
