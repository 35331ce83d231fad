"""How deploy.py does its work, in the order it does it: tree, statements, waiting, owner, ledger,
plan, applying, running, dependants; catalog, report and summary serve them all."""
