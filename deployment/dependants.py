"""Makes way for an object that cannot be replaced in place, such as a view whose columns change.

What hangs on it is dropped first, leaf by leaf and never with CASCADE: our own objects, which their
files make again, and strangers' plain views, which are saved and made again as they were. Whatever
else hangs on it stops the deploy before anything is dropped.
"""

import re
from collections.abc import Set
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from typing import NamedTuple

import psycopg
from psycopg import errors

from deployment.catalog import CatalogItem, bare_name, drop_statement
from deployment.default_privileges import without_defaults
from deployment.errors import DeployError, failure
from deployment.facts import described, rights_of_others, subject
from deployment.store import Store

# What is granted on an object or to a role that is gone has gone with it.
GONE = (errors.UndefinedTable, errors.UndefinedFunction, errors.UndefinedObject, errors.UndefinedColumn)
ARGUMENTS = re.compile(r" (?:FUNCTION|PROCEDURE) (\S+?)\(.*\)(?= TO )")


class Dependant(NamedTuple):
    """What depends on something; of that it `needs` these addresses. A part goes and comes with its whole."""

    address: str
    name: str
    needs: set[str]
    is_view: bool
    is_within_reach: bool
    owner: str | None
    schema: str | None
    is_part: bool


@dataclass
class Rebuild:
    """What is dropped to make way, leaf first, and what is made again when the files have run."""

    drops: list[str] = field(default_factory=list)
    files: dict[tuple[str, str], str] = field(default_factory=dict)
    ours: set[str] = field(default_factory=set)
    theirs: list[str] = field(default_factory=list)
    restores: list[tuple[str, list[str]]] = field(default_factory=list)


def plan_rebuild(
    store: Store,
    standing: list[CatalogItem],
    names: Set[str],
    makers: dict[str, tuple[str, str]],
    doomed: Set[str],
    held_up: Set[str] = frozenset(),
) -> Rebuild:
    """Find what must go so that the objects of these names, and those `held_up`, by their addresses, can.

    `makers` tells which file makes an object again; what is `doomed` goes for good. Raises a
    DeployError that lists all there is in the way.
    """
    rebuild, obstacles = Rebuild(), []
    (oneself,) = store.one("SELECT quote_ident(current_user)")
    start = [item.address for item in standing if item.name in names]
    for one in reversed(dependants(store, standing, [*start, *held_up])):
        name, owner = one.name, one.owner
        is_ours = name in makers or name in doomed
        drop = drop_statement(name)
        if one.is_part and not is_ours:
            continue  # a view's row type, say: goes and comes with it
        if is_ours and drop:
            rebuild.drops.append(drop)
            rebuild.ours.add(name)
            if name in makers:
                rebuild.files[makers[name]] = name
            kept = [fact.make or "" for fact in rights_of_others(store, {bare_name(name)}).get(name, {}).values()]
            if sum(bare_name(item.name) == bare_name(name) for item in standing) == 1:  # whatever its arguments will be
                kept = [ARGUMENTS.sub(r" ROUTINE \1", right) for right in kept]
            if name not in doomed and kept:
                rebuild.restores.append((name, kept))
        elif one.is_view and one.is_within_reach:
            become, be_oneself = f"SET LOCAL ROLE {owner}", f"SET LOCAL ROLE {oneself}"
            rebuild.drops += [become, f"DROP VIEW {name.removeprefix('view ')}", be_oneself]
            rebuild.restores.insert(0, (name, [become, *as_it_is(store, one), be_oneself]))
            rebuild.theirs.append(name)
        else:
            obstacles.append(one)
    refuse_if_any(obstacles, names)
    return rebuild


def as_it_is(store: Store, view: Dependant) -> list[str]:
    """What makes it again, as its owner: itself, its comments and what others may do with it."""
    elsewhere = store.beside(str(view.schema))
    elsewhere.frame()
    subjects = ("020_relations", "080_rights", "085_comments")
    found = described(elsewhere, [*map(subject, subjects)], None)
    away, back = without_defaults(elsewhere, view.owner)
    store.frame()
    name = f"view {view.schema}." + view.name.removeprefix("view ").removeprefix(f"{view.schema}.")
    itself = [
        fact.make
        for fact in found
        if fact.object == name and fact.make and fact.what != "owner" and not fact.what.endswith(f" for {view.owner}")
    ]
    return [*away, *itself, *back]


def refuse_to_take(store: Store, standing: list[CatalogItem], doomed: Set[str], ours: Set[str]) -> None:
    """Nobody else's object may need what goes for good."""
    going: set[str] = set()
    obstacles = []
    start = [item.address for item in standing if item.name in doomed]
    for one in dependants(store, standing, start):
        if one.name in doomed or one.is_part and one.needs & going and one.name not in ours:
            going.add(one.address)
        elif one.needs & going and one.name not in ours:
            obstacles.append(one)
    refuse_if_any(obstacles, doomed)


def refuse_if_any(obstacles: list[Dependant], names: Set[str]) -> None:
    if obstacles:
        told = sorted(f"{one.name} (owner {one.owner})" if one.owner else one.name for one in obstacles)
        raise DeployError(
            f"{', '.join(sorted(names)) or 'what uses what a new schema file changes'} must be dropped, but this depends on it and cannot be made"
            f" again: {'; '.join(told)}",
            hint="Nothing was dropped. Drop these yourself, deploy, and make them again.",
        )


def dependants(store: Store, standing: list[CatalogItem], start: list[str]) -> list[Dependant]:
    """All that depends on the objects, or columns, of these addresses, themselves included; what is needed comes first."""
    if not start:
        return []
    store.ask("SELECT set_config('deploy.start', %s, TRUE)", [f"{{{','.join(start)}}}"])
    named = {item.address: item.name for item in standing}
    found = {
        address: Dependant(address, named.get(address) or identity, {*needs}, *told)
        for address, identity, needs, *told in store.ask_for("dependants")
    }
    order = TopologicalSorter({address: one.needs & found.keys() for address, one in found.items()})
    return [found[address] for address in order.static_order()]


def make_way(store: Store, rebuild: Rebuild) -> None:
    for statement in rebuild.drops:
        store.run(statement)


def restore(store: Store, rebuild: Rebuild) -> None:
    """Make strangers' views and grants again as they were."""
    for name, statements in rebuild.restores:
        for statement in statements:
            try:
                with store.attempt():
                    store.run(statement)
            except psycopg.Error as error:
                if name in rebuild.ours and isinstance(error, GONE):
                    continue
                raise failure(error).after(f"{name} does not fit any more", statement=statement) from error
