"""How deploy.py does its work, in the order it does it: tree, statements, waiting, owner, ledger,
plan, applying, running, dependants, remembering, online; forecast is --plan, verifying and repairing
are --verify, --repair and --adopt; catalog, facts, report and summary serve them all.
"""
