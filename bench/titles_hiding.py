"""Ways to hide a protected name in a title: for bench/titles.py alone.

Made without a look at how the detector reads: its own tables, no import from the project. Every
way takes a name and dice and gives what is written instead.
"""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable

# Names that are protected in the bench: makers of what is imitated most, long and short.
NAMES = """
Nike|Adidas|Puma|Reebok|Converse|Vans|New Balance|Asics|Skechers|Fila|Under Armour|Timberland
Birkenstock|Dr. Martens|UGG|Crocs|Salomon|Columbia|The North Face|Patagonia|Moncler|Canada Goose
Stone Island|Gucci|Prada|Chanel|Hermès|Louis Vuitton|Dior|Versace|Burberry|Balenciaga|Fendi
Givenchy|Valentino|Bottega Veneta|Saint Laurent|Celine|Loewe|Miu Miu|Dolce & Gabbana|Armani
Calvin Klein|Tommy Hilfiger|Ralph Lauren|Lacoste|Hugo Boss|Michael Kors|Coach|Kate Spade
Tory Burch|Longchamp|Furla|Guess|Diesel|Levi's|Wrangler|Carhartt|Supreme|Off-White|Stussy
Champion|Ray-Ban|Oakley|Persol|Maui Jim|Rolex|Omega|Cartier|Breitling|Tag Heuer|Hublot
Patek Philippe|Audemars Piguet|Longines|Tissot|Seiko|Casio|Swatch|Swarovski|Pandora|Tiffany
Bvlgari|Montblanc|Michele|Movado|Bulova|Fossil|Garmin|Fitbit|Apple|Samsung|Sony|Canon|Nikon|Bose
Beats|Dyson|Philips|Braun|Gillette|Oral-B|Duracell|Energizer|Microsoft|Adobe|Logitech|Belkin
SanDisk|Kingston|Seagate|Toshiba|Panasonic|Motorola|Nokia|Huawei|Xiaomi|Lenovo|Asus|Acer|Dell
Epson|Lexmark|Kodak|Olympus|Fujifilm|GoPro|Nintendo|PlayStation|Lego|Barbie|Hasbro|Mattel
Fisher-Price|Playmobil|Pokémon|Disney|Marvel|Hello Kitty|Funko|Clinique|Lancôme|Estée Lauder
L'Oréal|Maybelline|Nivea|Olay|Shiseido|Kiehl's|Clarins|Guerlain|Benefit|Bosch|Makita|DeWalt
Milwaukee|Stihl|Husqvarna|Karcher|Tefal|Moulinex|KitchenAid|Nespresso|Tupperware|Ferrari|Porsche
BMW|Mercedes|Audi|Toyota|Honda|Yamaha|Michelin|Bridgestone|Castrol|Brembo|Harley-Davidson|Yeti
Stanley|Hydro Flask|Thermos|Zippo|Victorinox|Leatherman|Maglite|Samsonite|Tumi|Rimowa|Eastpak
Fjällräven|Herschel|JanSport|Arc'teryx|Mammut|Jack Wolfskin|Speedo|Arena|Wilson|Babolat|Titleist
Callaway|Nestlé|Lindt|Ferrero|Nutella|Coca-Cola|Pepsi|Heinz|Lavazza|Illy|Moët|Hennessy
Jack Daniel's|Smirnoff
""".replace("\n", "|")
BRANDS = tuple(dict.fromkeys(name for name in NAMES.split("|") if name))


def _table(rows: str) -> dict[str, str]:
    return dict(row.split(":") for row in rows.split())


# Shapes from Cyrillic, Greek, Armenian, Cherokee and phonetic letters, as "letter: shapes".
_SHAPES = _table("""
a:аɑα b:ЬьƄ c:сϲᴄ d:ԁɗժ e:еєҽ f:ƒғϝ g:ɡցԍ h:һհн i:іıɩӏ j:јϳ k:кκқ l:ӏⅼι m:мϺᴍ
n:ոпɴ o:оοօ p:рρⲣ q:ԛգ r:гꭇɾ s:ѕꜱʂ t:тτᴛ u:υսᴜ v:νѵᴠ w:ԝѡᴡ x:хχ× y:уүγ z:ᴢʐ
""")
_CAPITALS = _table("""
A:АΑᎪ B:ВΒᏴ C:СᏟꓚ D:Ꭰꓓ E:ЕΕᎬ F:Ϝꓝ G:ԌᏀꓖ H:НΗᎻ I:ІΙꓲ J:ЈᎫꓙ K:КΚᏦ L:ᏞꓡԼ M:МΜᎷ N:Νꓠ
O:ОΟꓳ P:РΡᏢ Q:Ԛ R:ᎡꓣᏒ S:ЅՏᏚ T:ТΤᎢ U:Սꓴ V:ѴᏙꓦ W:ԜᎳꓪ X:ХΧꓫ Y:УΥҮ Z:ΖᏃꓜ
""")
_NUMBERS = {
    "a": "4@",
    "b": "8",
    "e": "3",
    "g": "69",
    "i": "1!|",
    "l": "1|",
    "o": "0",
    "s": "5$",
    "t": "7+",
    "z": "2",
}
_MARKS = "\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u030a\u030c"
_UNSEEN = "\u200b\u200c\u200d\u2060\u00ad\ufeff\u180e\u2062"
_BETWEEN = (" ", ".", "-", "_", "*", "·", "•", "~", "/", " . ")
_KEYS = {
    "a": "sqz",
    "b": "vn",
    "c": "xv",
    "d": "sf",
    "e": "wr",
    "f": "dg",
    "g": "fh",
    "h": "gj",
    "i": "uo",
    "j": "hk",
    "k": "jl",
    "l": "k",
    "m": "n",
    "n": "bm",
    "o": "ip",
    "p": "o",
    "q": "wa",
    "r": "et",
    "s": "ad",
    "t": "ry",
    "u": "yi",
    "v": "cb",
    "w": "qe",
    "x": "zc",
    "y": "tu",
    "z": "x",
}
_TAILS = (
    *("trainers", "sneaker", "handbag", "wallet", "tote", "mens", "ladies", "kids", "pro", "deals"),
    *("outlet", "shop", "factory", "copy", "looks", "design", "jacket", "watch", "case", "vip"),
    *("2025", "2027", "sale", "classic", "original"),
)
_HEADS = ("new", "cheap", "best", "my", "original", "super", "top", "real", "mini", "the")

Way = Callable[[str, random.Random], str]


def _some(name: str, dice: random.Random, share: float, able: Callable[[str], bool]) -> set[int]:
    places = [at for at, letter in enumerate(name) if able(letter)]
    if not places:
        return set()
    return set(dice.sample(places, max(1, round(len(places) * share))))


def _swap(name: str, places: set[int], change: Callable[[str], str]) -> str:
    return "".join(change(letter) if at in places else letter for at, letter in enumerate(name))


def homoglyph(name: str, dice: random.Random) -> str:
    """A third of the letters from another script."""
    table = _SHAPES | _CAPITALS
    places = _some(name, dice, 1 / 3, table.__contains__)
    return _swap(name, places, lambda letter: dice.choice(table[letter]))


def homoglyph_most(name: str, dice: random.Random) -> str:
    """Four letters in five from another script."""
    table = _SHAPES | _CAPITALS
    places = _some(name, dice, 0.8, table.__contains__)
    return _swap(name, places, lambda letter: dice.choice(table[letter]))


def leet(name: str, dice: random.Random) -> str:
    """Half of the letters that have a number or sign."""
    places = _some(name, dice, 0.5, lambda letter: letter.lower() in _NUMBERS)
    return _swap(name, places, lambda letter: dice.choice(_NUMBERS[letter.lower()]))


def diacritics(name: str, dice: random.Random) -> str:
    """Marks on a third of the letters."""
    places = _some(name, dice, 1 / 3, str.isalpha)
    marked = _swap(name, places, lambda letter: letter + dice.choice(_MARKS))
    return unicodedata.normalize("NFC", marked)


def full_width(name: str, dice: random.Random) -> str:  # noqa: ARG001 - one shape for all
    """Every letter as wide as a Chinese one."""
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in name)


_ALPHABETS = (
    *("MATHEMATICAL BOLD", "MATHEMATICAL SANS-SERIF BOLD", "MATHEMATICAL BOLD SCRIPT"),
    *("MATHEMATICAL MONOSPACE", "MATHEMATICAL BOLD FRAKTUR", "MATHEMATICAL SANS-SERIF BOLD ITALIC"),
    *("MATHEMATICAL DOUBLE-STRUCK", "MATHEMATICAL ITALIC"),
)


def _named(letter: str, before: str) -> str:
    size = "CAPITAL" if letter.isupper() else "SMALL"
    tail = f"{size} {letter.upper()}" if "MATH" in before else f"{size} LETTER {letter.upper()}"
    try:
        return unicodedata.lookup(f"{before} {tail}")
    except KeyError:
        return letter


def math(name: str, dice: random.Random) -> str:
    """All letters from one mathematical alphabet."""
    before = dice.choice(_ALPHABETS)
    bare = "".join(c for c in unicodedata.normalize("NFD", name) if not unicodedata.combining(c))
    return "".join(_named(c, before) if c.isalpha() else c for c in bare)


def enclosed(name: str, dice: random.Random) -> str:
    """Letters in circles or squares."""
    before = dice.choice(("CIRCLED LATIN", "NEGATIVE CIRCLED LATIN", "NEGATIVE SQUARED LATIN"))
    bare = "".join(c for c in unicodedata.normalize("NFD", name) if not unicodedata.combining(c))
    bare = bare if before == "CIRCLED LATIN" else bare.upper()
    return "".join(_named(c, before) if c.isalpha() else c for c in bare)


def zero_width(name: str, dice: random.Random) -> str:
    """Something nobody sees after half of the letters, between them at least once."""
    places = _some(name[:-1], dice, 0.5, str.isalnum)
    return _swap(name, places, lambda letter: letter + dice.choice(_UNSEEN))


def separators(name: str, dice: random.Random) -> str:
    """Something between all letters."""
    return dice.choice(_BETWEEN).join(c for c in name if c.isalnum())


def torn(name: str, dice: random.Random) -> str:
    """A dot or a hyphen in one place inside the longest word."""
    longest = max(name.split(), key=len)
    cut = dice.randrange(1, len(longest))
    return name.replace(longest, longest[:cut] + dice.choice(".-·_") + longest[cut:])


def masked(name: str, dice: random.Random) -> str:
    """A star for one inner letter."""
    inner = [at for at in range(1, len(name) - 1) if name[at].isalpha()]
    at = dice.choice(inner)
    return name[:at] + dice.choice("*#") + name[at + 1 :]


def stretched(name: str, dice: random.Random) -> str:
    """One letter three or four times."""
    at = dice.choice([at for at, letter in enumerate(name) if letter.isalpha()])
    return name[:at] + name[at] * dice.randint(3, 4) + name[at + 1 :]


def typo(name: str, dice: random.Random) -> str:
    """One slip of the finger inside a word: doubled, dropped, swapped or a neighbouring key."""
    places = [at for at in range(1, len(name) - 1) if name[at].isalpha() and name[at + 1].isalpha()]
    for _try in range(20):
        at, way = dice.choice(places), dice.randrange(4)
        letter = name[at]
        changed = {
            0: letter * 2,
            1: "",
            2: name[at + 1] + letter,
            3: dice.choice(_KEYS.get(letter.lower(), "e")),
        }[way]
        made = name[:at] + changed + name[at + (2 if way == 2 else 1) :]
        if made.casefold() != name.casefold():
            return made
    return name + name[-1]


def glued(name: str, dice: random.Random) -> str:
    """A word of the market against it, before or behind."""
    whole = name.replace(" ", "")
    if dice.random() < 0.6:
        return whole + dice.choice(_TAILS)
    return dice.choice(_HEADS) + whole


def exact(name: str, dice: random.Random) -> str:  # noqa: ARG001 - one shape for all
    """As its holder writes it."""
    return name


CANONICAL: dict[str, Way] = {
    "exact": exact,
    "homoglyph": homoglyph,
    "leet": leet,
    "diacritics": diacritics,
    "full-width": full_width,
    "math": math,
    "zero-width": zero_width,
    "separators": separators,
}
LOOSE: dict[str, Way] = {"typo": typo, "glued": glued}
# More ways, without a promise.
OTHER: dict[str, Way] = {
    "homoglyph_most": homoglyph_most,
    "enclosed": enclosed,
    "torn": torn,
    "masked": masked,
    "stretched": stretched,
}


def cased(name: str, dice: random.Random) -> str:
    """As sellers write it: as it is, in small letters or in capitals."""
    return dice.choice((name, name.lower(), name.upper()))


def hide(title: str, name: str, way: Way, dice: random.Random) -> str:
    """Put a hidden name somewhere into a title that had none."""
    parts = title.split()
    at = dice.choice((0, dice.randint(0, len(parts)), len(parts)))
    return " ".join([*parts[:at], way(cased(name, dice), dice), *parts[at:]])
