"""A service's own copy of what the members service says: names, mandates, adopted rules and calendars.

Services never ask each other over HTTP, so each keeps the facts that it shows or decides on in its own schema. These
folds and their queries are the same in several services, and stand here once instead of byte for byte in each; a
service takes the folds it needs into its `main.py`. This package alone of the contracts knows the runtime and the
rules: it is code that reads events, not part of their shape.
"""
