"""What stands in the store's schema, each object by the one name it has here: `view daily_sales`,
`function f(integer)`, `policy p on orders`.
"""

from typing import NamedTuple

from deployment.store import Store

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
    return [CatalogItem(*row) for row in store.ask_for("objects")]


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
