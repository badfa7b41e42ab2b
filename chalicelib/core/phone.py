"""Telephone numbers as people write them, and as the networks want them (ITU-T E.164)."""

import re
import unicodedata

MAINLAND = "+86"
MOBILE = re.compile(r"(?:\+?86|0086)?(1[3-9]\d{9})")  # the numbering plan of mainland mobiles
ABROAD = re.compile(r"(?:\+|00)([1-9]\d{7,14})")
DRESSING = re.compile(r"[\s\-.()/·]+")  # what people put between the digits


def mobile(written: str) -> str | None:
    """A number that can get an SMS, as E.164 ("+8613800138000"); None for what is none, e.g. a landline. Without a country
    code it is one of mainland China. Full-width digits, spaces, dashes and brackets are fine: "（+86）１３８-0013 8000"."""
    digits = DRESSING.sub("", unicodedata.normalize("NFKC", written))
    if found := MOBILE.fullmatch(digits):
        return MAINLAND + found[1]
    found = ABROAD.fullmatch(digits)
    return "+" + found[1] if found and not found[1].startswith("86") else None
