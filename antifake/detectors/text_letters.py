"""What plain letter a strange one looks like to a buyer.

Sources, asked in this order: our own table, of shapes that Unicode's leaves out or leads to a
small capital; Unicode's confusables (UTS #39, as `confusable-homoglyphs` ships them), followed
for three steps; the name of the letter ("LATIN SMALL LETTER TURNED E", "NEGATIVE CIRCLED LATIN
CAPITAL LETTER A"), which covers struck, hooked, phonetic and enclosed forms by the hundred.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from confusable_homoglyphs.confusables import confusables_data

# A plain letter, and what is written for it: Cyrillic, Greek, Armenian, Cherokee, Georgian,
# syllabics, Lisu, Coptic, phonetic and ornamental letters. Made by looking at the shapes.
_SHAPES = {
    "a": "аАαΑάλΛλԱձᎪᗩᗅꓮɐɑɒʌᴧᴀᾳꭺⲀⲁ∆ΔΔ₳ล",
    "b": "вВБбЬьъЪвβΒϐɓƄƅʙᏴᗷᏏꓐБხხ฿Ҍҍⲃ",
    "c": "сСϲϹςᏟᑕᑢꓚɔↄʗⲥ¢ҫҪ匚",
    "d": "ԁԀժᎠᗪᗞꓒɖɗꓓᏧδდ₫",
    "e": "еЕєЄҽεΕέξΞΣҿɘəɛɜǝɞᎬꓰꓱᗴᴇⲉ℮эЭҼ",
    "f": "ғҒƒՖϜϝſʃᖴꓝɟքꜰ₣",
    "g": "ԍԌɡցգᏀᏳᘜꓖɢɠℊǥ",
    "h": "нНһҺΗհԋҢңҺᎻᏂᕼꓧʜɥɦћђӉӊⲎнĦ",
    "i": "іІїЇιΙίϊίاᎥꓲıɩɪιⅠłǃ|",
    "j": "јЈϳյʝᎫᒍꓙɉʲĵ",
    "k": "кКκΚϰҝҜқҚҟҠҡӄӃᏦᛕꓗʞĸᴋⲔк₭",
    "l": "ӏӀլԼᏞᒪꓡʟլɭɫɬⅼℓ₤ꮮĿ",
    "m": "мМΜϻϺᎷᗰꓟɯɱʍᴍⲘм₥",
    "n": "пПиИйлΝηήπΠռողɳɲᴎᑎꓠɴⲚլո₦ภ",
    "o": "оОοΟόσΘθօՕϴфФΦᎾᏫᗝꓳȯɵø⊙ѳᴏⲟჿ๏〇●○◯०੦౦೦൦๐໐০",
    "p": "рРρΡϱքΡᏢᑭꓑƿþÞρᴘⲢҏҎ₱ק",
    "q": "ԛԚզգႳɋʠ",
    "r": "гГґΓрᎡᏒᖇꓣɹɾɼʀяЯɽⲅ",
    "s": "ѕЅՏսѕᏚᔕꓢʂꜱϨ§ჽꮪ",
    "t": "тТτΤԵէᎢꓔʇțŧ†ƬᴛⲦтҬҭ₮ե",
    "u": "цЦυύμµՍսυᑌꓴʊᴜцʋបบ∪ૅ",
    "v": "ѵѴνΝνᏙᐯꓦʋᴠΫѵ√∨",
    "w": "шШщЩωώΩϖԝԜᏔᎳᗯꓪʍɯѡᴡ₩พ",
    "x": "хХχΧжЖӽ᙭ꓫҳҲ×ⅹჯ",
    "y": "уУүҮұҰγϒΥΎυўЎᎩꓬʎʏɣчЧ¥ყ",
    "z": "ᏃꓜʐʑᴢΖζʒƶᏃℤᴢⲍ",
    "0": "०০੦౦೦൦๐໐",
    "3": "зЗӡҘҙʒӠ",
    "4": "Ꮞч",
    "6": "бᏮ",
    "ae": "æÆ",
    "oe": "œŒ",
}
# The first that claims a shape has it: two letters claim some, the more usual reading is told here.
_FIRST = {
    "ν": "v",
    "Ν": "n",
    "υ": "u",
    "λ": "a",
    "Ζ": "z",
    "Υ": "y",
    "σ": "o",
    "ч": "y",
    "б": "b",
    "р": "p",
    "ш": "w",
    "ɯ": "w",
    "ʍ": "m",
    "ʒ": "3",
    "ք": "p",
    "գ": "q",
    "լ": "l",
    "ս": "u",
    "ո": "n",
    "ß": "b",
    "ø": "o",
    "ſ": "f",
    "|": "|",
}
SHAPES = {strange: plain for plain, row in reversed(_SHAPES.items()) for strange in row} | _FIRST
# Writing that is a normal style beside Chinese, Japanese or Korean.
WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_NAMED = re.compile(r"\bLETTER(?: [A-Z]{2,})*? ([A-Z])(?: |$)")
_LATIN = re.compile(r"LATIN|REGIONAL INDICATOR")
STEPS = 3


@cache
def look(letter: str, steps: int = STEPS) -> str:
    """Return the plain lower-case letter or digit that `letter` looks like, or its lower case.

    >>> look("к"), look("Ꭺ"), look("𝓷"), look("🅴"), look("щ")
    ('k', 'a', 'n', 'e', 'w')
    """
    if letter.isascii():
        return letter.lower()
    if letter in SHAPES:
        return SHAPES[letter]
    whole = unicodedata.normalize("NFKD", letter)
    bare = "".join(part for part in whole if not unicodedata.combining(part))
    if bare != letter and bare:
        return "".join(look(part, steps) for part in bare if part.isalnum()) or letter
    return _of_table(letter, steps) or _of_name(letter) or letter.lower()


def _of_table(letter: str, steps: int) -> str:
    """Follow Unicode's table of confusables to a plain letter or digit; "" without one."""
    if not steps:
        return ""
    for form in (letter, letter.casefold()):
        shapes = [str(other["c"]) for other in confusables_data.get(form, [])]
        plain = [shape for shape in shapes if len(shape) == 1 and shape.isascii()]
        if found := next((shape.lower() for shape in plain if shape.isalnum()), ""):
            return found
        for shape in shapes:
            bare = "".join(part for part in shape if not unicodedata.combining(part))
            seen = look(bare, steps - 1) if len(bare) == 1 else ""
            if seen.isascii() and seen.isalnum():
                return seen
    return ""


def _of_name(letter: str) -> str:
    name = unicodedata.name(letter, "")
    found = _NAMED.search(name) if _LATIN.search(name) else None
    return found.group(1).lower() if found else ""


@cache
def is_latin(letter: str) -> bool:
    """Say whether a letter is one that languages written in Latin letters use, accents and all."""
    return letter.isascii() or unicodedata.name(letter, "").startswith("LATIN ")
