"""The policy function: role × action × relation to the case. One pure function; each service brings its table."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from runtime.refusals import Forbidden

ANY = "any"
"""The relation that everybody of the county has."""


class May(NamedTuple):
    """A role may do it, standing in this relation to the case."""

    role: str
    relation: str = ANY


Policy = Mapping[str, tuple[May, ...]]


def permitting_role(policy: Policy, action: str, roles: Collection[str], relations: Collection[str]) -> str:
    """Give the role that allows the act: the first of the table's that the caller has, in the right relation.

    Raises: Forbidden; KeyError for an action that the table does not know, which is a mistake in the program.
    """
    for role, relation in policy[action]:
        if role in roles and (relation == ANY or relation in relations):
            return role
    raise Forbidden(action=action)
