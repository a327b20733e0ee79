"""The members service: bodies, members, the unit tree, appointments, mandates, and the county's adopted rules."""
