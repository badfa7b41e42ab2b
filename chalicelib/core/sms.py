"""How many SMS a text takes, which is what it costs."""

# GSM 03.38: the basic alphabet, and what takes two places of it. With any other character the whole text is UCS-2.
BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
DOUBLE = frozenset("\f^{}\\[~]|€")


def parts(text: str) -> int:
    """How many SMS a text takes: of 160 places in the GSM alphabet, or of 70 in UCS-2; where one is not enough, each gives
    up seven or three places for its number (3GPP TS 23.040, 9.2.3.24.1)."""
    if all(letter in BASIC or letter in DOUBLE for letter in text):
        places, alone, linked = sum(2 if letter in DOUBLE else 1 for letter in text), 160, 153
    else:
        places, alone, linked = len(text.encode("utf-16-le")) // 2, 70, 67
    return 1 if places <= alone else -(-places // linked)
