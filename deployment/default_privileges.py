"""ALTER DEFAULT PRIVILEGES would open what a deploy makes to others than the files say, so it is taken back meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager

from deployment.store import Store

# The default privileges of a role, in the store's schema or anywhere: each as the statement that
# takes it out of the default, and the one that puts it back. What PostgreSQL itself gives to
# everybody is part of the default, so that it may also be a grant that is put back, not a revoke.
DEFAULT_PRIVILEGES = """
WITH standing AS (
    SELECT
        pg_default_acl.*,
        CASE WHEN defaclnamespace = 0 THEN acldefault(
            CASE defaclobjtype WHEN 'S' THEN 's' ELSE defaclobjtype END, defaclrole
        ) END AS shipped
    FROM pg_default_acl
    WHERE defaclrole = coalesce(%(role)s, quote_ident(current_user))::REGROLE
    AND defaclnamespace IN (0, to_regnamespace(current_setting('deploy.schema')))
),

entry AS (
    SELECT *
    FROM standing
    CROSS JOIN LATERAL (
        SELECT
            grantee, privilege_type, shipped.grantor IS NULL AS is_added,
            coalesce(held.is_grantable, shipped.is_grantable) AS is_grantable
        FROM aclexplode(defaclacl) AS held
        FULL JOIN aclexplode(shipped) AS shipped USING (grantee, privilege_type)
        WHERE held.grantor IS NULL OR shipped.grantor IS NULL
    ) AS difference
)

SELECT
    format('%%s GRANT %%s%%s', head, body, CASE WHEN is_grantable THEN ' WITH GRANT OPTION' END) AS give,
    format('%%s REVOKE %%s', head, replace(body, ' TO ', ' FROM ')) AS take,
    is_added
FROM entry
CROSS JOIN LATERAL format(
    'ALTER DEFAULT PRIVILEGES%%s', ' IN SCHEMA ' || nullif(defaclnamespace, 0)::REGNAMESPACE
) AS head
CROSS JOIN LATERAL format(
    '%%s ON %%s TO %%s', privilege_type,
    CASE defaclobjtype
        WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS'
        WHEN 'T' THEN 'TYPES' WHEN 'n' THEN 'SCHEMAS' ELSE 'LARGE OBJECTS'
    END, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::REGROLE::TEXT END
) AS body"""


@contextmanager
def no_default_privileges(store: Store) -> Iterator[None]:
    """What is made in the block is its owner's alone, whatever ALTER DEFAULT PRIVILEGES has said."""
    away, back = without_defaults(store)
    for statement in away:
        store.ask(statement)
    yield
    for statement in back:
        store.ask(statement)


def without_defaults(store: Store, role: str | None = None) -> tuple[list[str], list[str]]:
    """What takes a role's default privileges away, and what puts them back; the role is the one that acts, if not named."""
    entries = store.ask(DEFAULT_PRIVILEGES, {"role": role}).fetchall()
    away = [take if is_added else give for give, take, is_added in entries]
    return away, [give if is_added else take for give, take, is_added in entries]
