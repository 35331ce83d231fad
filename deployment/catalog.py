"""What stands in the store's schema, each object by the one name it has here: `view daily_sales`,
`function f(integer)`, `policy p on orders`.
"""

from typing import NamedTuple

from deployment.store import Store

# What depends on the schema itself, and what belongs to a relation there but is no part of it, as an identity's
# sequence or a key's index is. A function's types are named as under this search_path, on every major alike.
OBJECTS = """
WITH member AS (
    SELECT classid, objid FROM pg_depend
    WHERE refclassid = 'pg_namespace'::REGCLASS AND refobjid = to_regnamespace(%s) AND classid IN (
        'pg_class'::REGCLASS, 'pg_proc'::REGCLASS, 'pg_type'::REGCLASS, 'pg_statistic_ext'::REGCLASS
    )
),

object AS (
    SELECT classid, objid FROM member
    UNION
    SELECT pg_depend.classid, pg_depend.objid
    FROM member INNER JOIN pg_depend ON refclassid = member.classid AND refobjid = member.objid
    WHERE refclassid = 'pg_class'::REGCLASS AND deptype = 'a' AND pg_depend.classid IN (
        'pg_class'::REGCLASS, 'pg_trigger'::REGCLASS, 'pg_policy'::REGCLASS, 'pg_rewrite'::REGCLASS
    )
)

SELECT
    classid::OID || '/' || objid AS address,
    identity.type || ' ' || replace(
        coalesce(
            quote_ident(proname) || '(' || replace(oidvectortypes(proargtypes), ', ', ',') || ')', identity.identity
        ), current_setting('deploy.schema') || '.', ''
    ) AS name,
    pg_proc.ctid::TEXT AS version,
    coalesce(relkind = 'm' AND NOT relispopulated, FALSE) AS is_unfilled
FROM object
CROSS JOIN LATERAL pg_identify_object(classid, objid, 0) AS identity
LEFT JOIN pg_proc ON classid = 'pg_proc'::REGCLASS AND pg_proc.oid = objid
LEFT JOIN pg_class ON classid = 'pg_class'::REGCLASS AND pg_class.oid = objid
WHERE NOT EXISTS (
    SELECT FROM pg_depend
    WHERE pg_depend.classid = object.classid AND pg_depend.objid = object.objid
    AND deptype IN ('i', 'e') AND refobjid <> objid  -- as a partitioned table depends on its key
)"""

# What a DROP may take: no table and no sequence, which hold data.
DROPPABLE = (
    "view", "materialized view", "index", "function", "procedure", "aggregate", "trigger", "policy", "rule", "type",
    "statistics object",
)  # fmt: skip


class CatalogItem(NamedTuple):
    """An object: its place in the catalog, its name, for a function, what changes when it is
    replaced, and whether it is a materialised view that nothing ever filled.
    """

    address: str
    name: str
    version: str | None
    is_unfilled: bool


def objects_of(store: Store) -> list[CatalogItem]:
    return [CatalogItem(*row) for row in store.ask(OBJECTS, [store.schema])]


def kind_and_name(object_name: str) -> tuple[str, str]:
    """`materialized view m` becomes ("materialized view", "m")."""
    kind = next((kind for kind in DROPPABLE if object_name.startswith(kind + " ")), object_name.split(" ")[0])
    return kind, object_name[len(kind) + 1 :]


def kind_of(object_name: str) -> str:
    return kind_and_name(object_name)[0]


def without_arguments(object_name: str) -> str:
    """`function f(integer)` as a CREATE of it is called: `function f`."""
    return object_name.split("(")[0]


def bare_name(object_name: str) -> str:
    """The name alone: `daily_sales` of `view daily_sales`, `f` of `function f(integer)`."""
    return without_arguments(kind_and_name(object_name)[1])


def drop_statement(object_name: str) -> str | None:
    """None for what holds data or is not ours to drop: a table, a sequence."""
    kind, name = kind_and_name(object_name)
    word = {"statistics object": "STATISTICS"}.get(kind, kind.upper())
    return f"DROP {word} {name}" if kind in DROPPABLE else None
