"""How deploy.py does its work: tree and statements read the files, store is where they go, ledger
what was applied. decision says what is to be done and why: a new reason for a file to run goes there.
applying carries it out, with running, dependants, online and remembering; deploying, verifying and
repairing are the modes. catalog, facts, roles, waiting, server, report and summary serve them all.
"""
