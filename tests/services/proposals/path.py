"""The plain path of a case, which decisions and served cases are both driven along."""

PATH = (
    "submit",
    "confirm",
    "register",
    "hand_over",
    "sign_for",
    "contact",
    "meet_before",
    "meet_during",
    "opinion",
    "draft",
    "review",
    "sign",
    "stamp",
    "deliver",
    "receive",
    "rate",
    "meet_after",
    "close",
)
"""Acts in their order, under the plan of 2005."""
