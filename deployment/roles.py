"""The group roles, which belong to the whole cluster: checked, and as far as the login may, made,
before anything else; never altered.
"""

import re

import psycopg

from deployment.errors import DeployError, failure
from deployment.store import Store
from deployment.tree import SqlFile

GROUP_ROLES = ["shop_customer", "shop_staff", "shop_analyst", "shop_auditor"]
FORBIDDEN = ("LOGIN", "SUPERUSER", "BYPASSRLS")
ROLES_FILE = ("05_security", "010_roles.sql")  # which makes them


def powers_of_roles(store: Store, names: list[str] = GROUP_ROLES) -> dict[str, list[str]]:
    """The group roles that there are, each with what it may do anywhere."""
    return dict(
        store.ask(
            """SELECT rolname::TEXT, ARRAY(SELECT power FROM (
                VALUES ('LOGIN', rolcanlogin), ('SUPERUSER', rolsuper), ('BYPASSRLS', rolbypassrls),
                ('CREATEROLE', rolcreaterole), ('CREATEDB', rolcreatedb), ('REPLICATION', rolreplication)
            ) AS held (power, has) WHERE has)
            FROM pg_roles WHERE rolname::TEXT = ANY(%s) ORDER BY 1""",
            [names],
        )
    )


def missing_roles(store: Store, tree: list[SqlFile]) -> list[str]:
    """The group roles, shop_*, that the tree's file is to make; one with powers is refused."""
    texts = [re.sub("--.*", "", file.text) for file in tree if file.key == ROLES_FILE]
    names = [*dict.fromkeys(name for text in texts for name in re.findall(r"\bshop_\w+", text))]
    known = powers_of_roles(store, names)
    for name, held in known.items():
        if powers := [power for power in held if power in FORBIDDEN]:
            raise DeployError(
                f"role {name} has {' and '.join(powers)}, which a group role must not have",
                hint=f"Have a superuser run: ALTER ROLE {name} {' '.join('NO' + power for power in powers)};",
            )
    return [name for name in names if name not in known]


def provide_roles(store: Store, tree: list[SqlFile], mode: str) -> list[str]:
    """Make the group roles that are missing, as the login or as the owner, whoever may, and return them; where nobody
    may, or --roles, the `mode`, says so, the deploy ends here."""
    if not (missing := missing_roles(store, tree)):
        return []
    if mode == "require":
        raise must_be_made(missing, "--roles require")
    maker = store.ask(
        """SELECT rolname::TEXT FROM pg_roles
        WHERE rolname IN (session_user, current_user, %s) AND (rolsuper OR rolcreaterole) ORDER BY rolname <> session_user""",
        [store.owner],
    ).fetchone()
    if not maker:
        raise must_be_made(missing, "this login lacks CREATEROLE")
    store.act_as(*maker)
    (file,) = (file for file in tree if file.key == ROLES_FILE)
    for statement in file.statements:
        try:
            store.ask(statement.text)
        except psycopg.Error as error:
            raise failure(error, file, statement) from error
    store.act_as(store.login)
    return missing


def must_be_made(missing: list[str], why: str) -> DeployError:
    ready = " ".join(f"CREATE ROLE {name} NOLOGIN;" for name in missing)
    return DeployError(f"missing roles: {', '.join(missing)} ({why})", hint=f"Have a role with CREATEROLE run: {ready}")
