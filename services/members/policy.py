"""Who may do what in the members service."""

from runtime.policy import May, Policy

POLICY: Policy = {
    "unit.establish": (May("registrar"),),
    "unit.rename": (May("registrar"),),
    "unit.move": (May("registrar"),),
    "unit.add_alias": (May("registrar"),),
    "unit.close": (May("registrar"),),
}
