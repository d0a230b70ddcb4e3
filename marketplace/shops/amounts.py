"""Amounts of money as people type them, read exactly. Plain Python."""

from __future__ import annotations

import re

# At most this many minor units: far above any lawful price, far below bigint.
MAX_MINOR = 10**12

_SPACES = "[\\s\u00a0\u2009\u202f'’_]"
_SEPARATORS = str.maketrans({"٫": ".", "٬": ",", "，": ",", "．": "."})


def read_amount(text: str, *, digits: int) -> int:
    """Return the minor units of an amount as people type it, exactly.

    Comma or dot, grouped or not, digits of any script. `digits` is how many decimals the
    currency has. What could mean two amounts is refused, never guessed.

    >>> read_amount("12,50", digits=2), read_amount("1 234.5", digits=2)
    (1250, 123450)
    >>> read_amount("1.234,50", digits=2), read_amount("1,200", digits=0)
    (123450, 1200)

    Raises ValueError with one of the words: empty, unreadable, decimals, range.
    """
    plain = re.sub(_SPACES, "", text.translate(_SEPARATORS))
    if not plain:
        raise ValueError("empty")
    whole, fraction = _split(plain, digits)
    if not re.fullmatch(r"\d*", fraction) or not re.fullmatch(r"\d+", whole):
        raise ValueError("unreadable")
    if len(fraction) > digits:
        raise ValueError("decimals")
    if len(whole) > 15:
        raise ValueError("range")
    amount_minor: int = int(whole) * 10**digits + int(fraction.ljust(digits, "0") or "0")
    if amount_minor > MAX_MINOR:
        raise ValueError("range")
    return amount_minor


def _split(plain: str, digits: int) -> tuple[str, str]:
    """Split into whole part without group marks, and decimals."""
    marks = re.findall(r"[.,]", plain)
    if not marks:
        return plain, ""
    last = marks[-1]
    group = marks[0]
    # One mark once is the decimal mark, unless the currency has no decimals; the same mark
    # twice can only group; two different marks: the last one is the decimal mark.
    only_groups = marks.count(group) == len(marks) and (len(marks) > 1 or digits == 0)
    if only_groups:
        whole, fraction = plain, ""
    else:
        whole, fraction = plain.rsplit(last, 1)
        group = "," if last == "." else "."
    if group in whole:
        if not re.fullmatch(r"\d{1,3}(?:" + re.escape(group) + r"\d{3})+", whole):
            raise ValueError("unreadable")
        whole = whole.replace(group, "")
    return whole, fraction
