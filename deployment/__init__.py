"""How deploy.py does its work; docs/architecture.md walks through it."""
