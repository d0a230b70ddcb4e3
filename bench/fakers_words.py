"""Names, titles and wordings of the simulated market; ways to hide a name that are its own.

The brands are invented, a few on purpose like ordinary words. The ways of hiding are by another
hand than bench/titles_hiding.py: symbols for letters, stars, struck-out and small letters, sounds
written otherwise, joined words, torn words, two slips. Imports nothing of what it is used against.
"""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable

_INVENTED = """
Velmora Kastrelle Northquill Ostrava Brindale Feronix Pellagio Drusenne Tavish Quorrin
Zephyrine Maristo Halvorsen Ardenza Lunetta Bexworth Corvane Nimbrel Solvanto Teskara
Vantrigo Ellisande Gravenor Ipsolo Jorvane Kelmira Loranzo Mirabeau Orsetti Pravexa
Quillon Rosenthey Stavenger Trellory Umbrello Wexford Yarrowind Zandria
"""
BRANDS = (*_INVENTED.split(), "Juniper", "Solace", "Harbour Lane", "Amber Row")
# These are also words that honest sellers use of their own goods.
WORDS_TOO = {
    "Juniper": ("Juniper berry soap bar", "Dried juniper wreath", "Juniper scented candle"),
    "Solace": ("Print “Solace in the garden”", "Poems of solace, second edition"),
    "Harbour Lane": ("Watercolour of a harbour lane at dusk",),
    "Amber Row": ("Necklace with one amber row", "Bracelet, double amber row"),
}
GOODS = {
    "shoes": ("sneakers", "running shoes", "leather boots", "sandals"),
    "bags": ("handbag", "tote bag", "backpack", "wallet"),
    "clothing": ("jacket", "t-shirt", "jeans", "dress", "hoodie", "cap"),
    "watches": ("wristwatch", "sunglasses", "phone"),
}
COLOURS = ("black", "white", "navy", "red", "olive", "beige", "grey", "pink")
SIZES = ("S", "M", "L", "XL", "38", "40", "42")
USED = ("used", "pre-owned", "second hand", "vintage", "worn twice,", "gebraucht", "d'occasion")
FITS = ("case for {b} {g}", "replacement strap for {b} {g}", "laces for {b} {g}",
        "compatible with {b} {g}: cover", "{g} care kit for {b}")  # fmt: skip
PLAIN = ("{c} {g} size {s}", "new {g} in {c}, {s}", "{g} {c} with free post", "beautiful {c} {g}")
FAKE_SAYS = ("1:1 quality, same factory", "mirror quality, box included", "AAA grade, ask for more",
             "top version", "UA batch", "order on WhatsApp +44 7{n}", "wechat: {h}88")  # fmt: skip
HONEST_SAYS = (
    "Posted the next day, well wrapped.",
    "From a home without smoke. Ask me anything.",
    "Hand wash only. Measurements are in the last photo.",
    "Batteries AAA are not in the box.",
    "Inspired by the sea. Made in small numbers.",
    "A mirror and a comb come with it.",
    "Versand am nächsten Tag.",
    "Envío en 24 horas.",
    "",
)
SOUNDS = (("c", "k"), ("k", "c"), ("ph", "f"), ("f", "ph"), ("v", "w"), ("i", "y"), ("y", "i"),
          ("x", "ks"), ("z", "s"), ("qu", "kw"), ("s", "z"), ("e", "a"), ("o", "u"))  # fmt: skip
SYMBOLS = {"o": "●⊙◯☼", "a": "▲∆", "e": "€ξ", "i": "¡†", "s": "§∫", "l": "∣⎮", "v": "√", "t": "┼"}
SMALL = dict(zip("abcdefghijklmnopqrtuvwyz", "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀᴛᴜᴠᴡʏᴢ", strict=True))
Way = Callable[[str, random.Random], str]


def symbols(name: str, dice: random.Random) -> str:
    """Put signs that look a little alike in place of one or two letters."""
    there = [at for at, letter in enumerate(name.lower()) if letter in SYMBOLS]
    chosen = set(dice.sample(there, min(len(there), dice.choice((1, 2)))))
    return "".join(
        dice.choice(SYMBOLS[letter.lower()]) if at in chosen else letter
        for at, letter in enumerate(name)
    )


def stars(name: str, dice: random.Random) -> str:
    """Hide one or two inner letters behind stars."""
    hidden = set(dice.sample(range(1, len(name)), dice.choice((1, 2))))
    return "".join("*" if at in hidden else letter for at, letter in enumerate(name))


def struck(name: str, dice: random.Random) -> str:
    """Strike every letter through, or underline it."""
    mark = dice.choice("\u0336\u0332\u0305\u0353")
    return "".join(letter + mark for letter in name)


def small(name: str, dice: random.Random) -> str:
    """Write small capitals, all or from some letter on."""
    begin = dice.choice((0, 1, 2))
    return name[:begin] + "".join(SMALL.get(letter, letter) for letter in name[begin:].lower())


def enclosed(name: str, dice: random.Random) -> str:
    """Write letters in circles or squares."""
    first = dice.choice((0x24D0, 0x1F130, 0x1F150, 0x1F170))
    return "".join(
        chr(first + ord(letter) - 97) if "a" <= letter <= "z" else letter for letter in name.lower()
    )


def sounding(name: str, dice: random.Random) -> str:
    """Write one sound otherwise."""
    pairs = [pair for pair in SOUNDS if pair[0] in name.lower()[1:]]
    if not pairs:
        return name + name[-1]
    old, new = dice.choice(pairs)
    return name[0] + name[1:].replace(old, new, 1)


def torn(name: str, dice: random.Random) -> str:
    """Tear it in two, or put a sign between."""
    at = dice.choice([n for n in range(2, len(name) - 1) if " " not in name[n - 1 : n + 1]])
    return name[:at] + dice.choice((" ", "-", "’", " . ", "/")) + name[at:]


def joined(name: str, dice: random.Random) -> str:
    """Join it to another word."""
    before, after = dice.choice((("new", ""), ("", "style"), ("", "shop"), ("", "official")))
    return f"{dice.choice(('', '#'))}{before}{name.lower().replace(' ', '')}{after}"


def accents(name: str, dice: random.Random) -> str:
    """Add marks below and above some letters."""
    marks = "\u0323\u0331\u030a\u0302\u0328"
    written = "".join(x + dice.choice(marks) if dice.random() < 0.5 else x for x in name)
    return unicodedata.normalize("NFC", written)


def two_slips(name: str, dice: random.Random) -> str:
    """Make two slips of the finger: a letter doubled, then one left out elsewhere."""
    first, second = sorted(dice.sample(range(1, len(name) - 1), 2))
    doubled = name[: second + 1] + name[second:]
    return doubled[:first] + doubled[first + 1 :]


HIDING: dict[str, Way] = {
    way.__name__: way
    for way in (symbols, stars, struck, small, enclosed, sounding, torn, joined, accents, two_slips)
}


def named(name: str, way: str, dice: random.Random) -> str:
    """Return a name as it is written in a title: plain, hidden in a way, or not at all."""
    if way in ("plain", "none"):
        return name if way == "plain" else ""
    return HIDING[way](name, dice)


def goods_title(shelf: str, dice: random.Random) -> str:
    """Return an honest title without any brand."""
    form = dice.choice(PLAIN)
    return form.format(
        c=dice.choice(COLOURS), g=dice.choice(GOODS[shelf]), s=dice.choice(SIZES)
    ).capitalize()


def branded(said: str, shelf: str, dice: random.Random) -> str:
    """Return a title that says a name, however written."""
    good, colour = dice.choice(GOODS[shelf]), dice.choice(COLOURS)
    form = dice.choice(("{b} {g} {c}", "{c} {g} {b}", "new {b} {g}", "{b} {g} {s}", "{g} by {b}"))
    return form.format(b=said, g=good, c=colour, s=dice.choice(SIZES)).strip()


def slip(title: str, dice: random.Random) -> str:
    """Make one honest slip of the finger somewhere in a title."""
    at = dice.randrange(1, max(2, len(title) - 1))
    return dice.choice((title[:at] + title[at + 1 :], title[:at] + title[at - 1] + title[at:]))
