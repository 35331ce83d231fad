"""ALTER DEFAULT PRIVILEGES would open what a deploy makes to others than the files say, so it is taken back meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager

from deployment.store import Store


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
    entries = [told for name, oneself, *told in store.ask_for("default_privileges") if name == (role or oneself)]
    away = [take if is_added else give for give, take, is_added in entries]
    return away, [give if is_added else take for give, take, is_added in entries]
