"""What stands in the store's schema, each object by the one name it has here: `view daily_sales`,
`function f(integer)`, `policy p on orders`.
"""

from __future__ import annotations

from typing import NamedTuple

from deployment.store import Store

# What hangs on another object (a table's type, an identity's sequence, a key's index) is none of its
# own. A function's types are named as under this search_path, on every major alike.
OBJECTS = """
SELECT
    object.classid::BIGINT,
    object.oid::BIGINT,
    identity.type || ' ' || replace(
        coalesce(object.signature, identity.identity), namespace.nspname || '.', ''
    ) AS name,
    object.version,
    object.is_unfilled
FROM pg_namespace AS namespace
CROSS JOIN LATERAL (
    SELECT
        'pg_class'::REGCLASS AS classid, oid, NULL AS version, NULL AS signature,
        relkind = 'm' AND NOT relispopulated AS is_unfilled
    FROM pg_class WHERE relnamespace = namespace.oid AND relkind NOT IN ('t', 'c')
    UNION ALL
    SELECT
        'pg_proc'::REGCLASS, oid, ctid::TEXT,
        quote_ident(proname) || '(' || replace(oidvectortypes(proargtypes), ', ', ',') || ')', FALSE
    FROM pg_proc WHERE pronamespace = namespace.oid
    UNION ALL
    SELECT 'pg_type'::REGCLASS, oid, NULL, NULL, FALSE FROM pg_type WHERE typnamespace = namespace.oid
    AND (typrelid = 0 OR EXISTS (SELECT FROM pg_class WHERE oid = typrelid AND relkind = 'c'))
    UNION ALL
    SELECT 'pg_trigger'::REGCLASS, pg_trigger.oid, NULL, NULL, FALSE
    FROM pg_trigger INNER JOIN pg_class ON tgrelid = pg_class.oid
    WHERE relnamespace = namespace.oid AND NOT tgisinternal
    UNION ALL
    SELECT 'pg_policy'::REGCLASS, pg_policy.oid, NULL, NULL, FALSE
    FROM pg_policy INNER JOIN pg_class ON polrelid = pg_class.oid WHERE relnamespace = namespace.oid
    UNION ALL
    SELECT 'pg_rewrite'::REGCLASS, pg_rewrite.oid, NULL, NULL, FALSE
    FROM pg_rewrite INNER JOIN pg_class ON ev_class = pg_class.oid
    WHERE relnamespace = namespace.oid AND rulename <> '_RETURN'
    UNION ALL
    SELECT 'pg_statistic_ext'::REGCLASS, oid, NULL, NULL, FALSE
    FROM pg_statistic_ext WHERE stxnamespace = namespace.oid
) AS object
CROSS JOIN LATERAL pg_identify_object(object.classid, object.oid, 0) AS identity
WHERE namespace.nspname = %s AND NOT EXISTS (
    SELECT FROM pg_depend
    WHERE pg_depend.classid = object.classid AND pg_depend.objid = object.oid
    AND deptype IN ('i', 'e') AND refobjid <> objid  -- as a partitioned table depends on its key
)"""

DROP_BY = {
    "view": "VIEW",
    "materialized view": "MATERIALIZED VIEW",
    "index": "INDEX",
    "function": "FUNCTION",
    "procedure": "PROCEDURE",
    "aggregate": "AGGREGATE",
    "trigger": "TRIGGER",
    "policy": "POLICY",
    "rule": "RULE",
    "type": "TYPE",
    "composite type": "TYPE",
    "statistics object": "STATISTICS",
}


class CatalogItem(NamedTuple):
    """An object: its place in the catalog, its name, for a function, what changes when it is
    replaced, and whether it is a materialised view that nothing ever filled.
    """

    class_id: int
    oid: int
    name: str
    version: str | None
    is_unfilled: bool

    @property
    def address(self) -> tuple[int, int]:
        return self.class_id, self.oid


def objects_of(store: Store) -> list[CatalogItem]:
    return [CatalogItem(*row) for row in store.ask(OBJECTS, [store.schema])]


def kind_and_name(object_name: str) -> tuple[str, str]:
    """`materialized view m` becomes ("materialized view", "m")."""
    kind = next((kind for kind in DROP_BY if object_name.startswith(kind + " ")), object_name.split(" ")[0])
    return kind, object_name[len(kind) + 1 :]


def without_arguments(object_name: str) -> str:
    """`function f(integer)` as a CREATE of it is called: `function f`."""
    return object_name.split("(")[0]


def bare_name(object_name: str) -> str:
    """The name alone: `daily_sales` of `view daily_sales`, `f` of `function f(integer)`."""
    return without_arguments(kind_and_name(object_name)[1])


def drop_statement(object_name: str) -> str | None:
    """None for what holds data or is not ours to drop: a table, a sequence."""
    kind, name = kind_and_name(object_name)
    return f"DROP {DROP_BY[kind]} {name}" if kind in DROP_BY else None
