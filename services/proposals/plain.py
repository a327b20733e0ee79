"""What of a text is compared and searched: its letters and digits, in one form."""

import re
import unicodedata

_OTHERS = re.compile(r"[\W_]+")


def plain(text: str) -> str:
    """Give a text's letters and digits without blanks and punctuation, in compatibility form and small letters.

    Source: Unicode Standard Annex 15 (NFKC).
    """
    return _OTHERS.sub("", unicodedata.normalize("NFKC", text).casefold())
