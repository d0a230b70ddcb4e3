"""The words of goods and of questions: folded, cut, coded; near misses.

A word is kept as a 32-bit code, so that a row of search stays narrow. Scripts that are written
without spaces are cut into single characters and pairs of neighbours.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache
from hashlib import blake2b
from itertools import combinations

# Longer words are cut: nobody types them, and a line of rubbish must not fill the vocabulary.
WORD_MAX = 40
# So many words of a question count: a longer one is no question.
ASKED_MAX = 12
# A text of a listing gives at most so many words to search.
TEXT_WORDS_MAX = 400

# Marks that people leave out: Latin, Greek and Cyrillic accents, Hebrew points, Arabic vowels
# and the stretching stroke. Marks of Indic scripts are vowels and stay.
_MARKS = re.compile("[\u0300-\u036f\u0591-\u05c7\u0640\u064b-\u065f\u0670\u06d6-\u06ed]")
_LIKE = str.maketrans(
    {
        "ł": "l",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "ı": "i",
        "æ": "ae",
        "œ": "oe",
        "ٱ": "ا",
        "ى": "ي",
        "ی": "ي",
        "ک": "ك",
        "ة": "ه",
    }
)
# Han, kana, hangul, and the scripts of South-East Asia that put no space between words.
_DENSE = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005-\u30ff\u3130-\u318f"
    "\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff"
)
_WORD = re.compile(rf"[{_DENSE}]+|(?:(?![{_DENSE}])(?:[^\W_]|[\u0900-\u0dff]))+")
_IS_DENSE = re.compile(f"[{_DENSE}]")
# Small words of languages for which the database has no list.
LITTLE_WORDS = frozenset(
    # Swahili, and Arabic as it is folded.
    [
        "ya",
        "wa",
        "la",
        "za",
        "cha",
        "vya",
        "kwa",
        "na",
        "ni",
        "kutoka",
        "katika",
        "hii",
        "hizi",
        "huu",
        "yenye",
        "wenye",
        "من",
        "في",
        "علي",
        "الي",
        "عن",
        "مع",
        "و",
        "هذا",
        "هذه",
    ]
)


def fold(text: str) -> str:
    """Return a text without case, accents, vowel points and other differences nobody types.

    >>> fold("Café CRÈME, Straße"), fold("سَلَّة"), fold("أحمر")
    ('cafe creme, strasse', 'سله', 'احمر')
    """
    apart = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold())
    return unicodedata.normalize("NFC", _MARKS.sub("", apart)).translate(_LIKE)


def is_dense(word: str) -> bool:
    """Say whether a word is of a script that is written without spaces.

    >>> is_dense("竹篮"), is_dense("basket")
    (True, False)
    """
    return _IS_DENSE.match(word) is not None


def held(text: str) -> list[str]:
    """Return the words that a listing's text holds, each once, as search keeps them.

    >>> held("Bamboo basket, l'osier")
    ['bamboo', 'basket', 'osier']
    >>> held("竹篮子")
    ['竹', '篮', '子', '竹篮', '篮子']
    """
    found: dict[str, None] = {}
    for run in _WORD.findall(fold(text)):
        if is_dense(run):
            found.update(dict.fromkeys(run))
            found.update(dict.fromkeys(_pairs(run)))
        elif len(run) > 1 or not run.isascii() or run.isdigit():
            found[run[:WORD_MAX]] = None
    return list(found)[:TEXT_WORDS_MAX]


def asked(text: str) -> list[str]:
    """Return the words of a question, each once, in its order; dense runs stay whole.

    >>> asked("竹篮子 Red")
    ['竹篮子', 'red']
    """
    found: dict[str, None] = {}
    for run in _WORD.findall(fold(text[:400])):
        if is_dense(run) or len(run) > 1 or not run.isascii() or run.isdigit():
            found[run[:WORD_MAX]] = None
    return list(found)[:ASKED_MAX]


def needed(run: str) -> list[str]:
    """Return what goods must hold to answer a dense run: its pairs, or its only sign.

    >>> needed("竹篮子"), needed("篮")
    (['竹篮', '篮子'], ['篮'])
    """
    return list(dict.fromkeys(_pairs(run))) if len(run) > 1 else [run]


def other_forms(word: str) -> list[str]:
    """Return a word without what languages add that no dictionary of the database knows.

    Swahili says one and many at the beginning (kikapu, vikapu); of Arabic the article and the
    endings of the feminine. What comes out need be no word: goods and questions are cut alike.

    >>> other_forms("vikapu"), other_forms("mabakuli"), other_forms("mshumaa")
    (['kikapu'], ['bakuli'], [])
    >>> other_forms(fold("السلات")) == other_forms(fold("سلة"))
    True
    """
    for many, one in _MANY:
        if word.startswith(many) and len(word) > len(many) + 1:
            return [one + word[len(many) :]]
    if "\u0600" <= word[0] <= "\u06ff":
        bare = _ARABIC_END.sub("", _ARABIC_BEGIN.sub("", word))
        return [bare] if bare != word else []
    return []


_MANY = (("vi", "ki"), ("vy", "ch"), ("mi", "m"), ("ma", ""))
_ARABIC_BEGIN = re.compile("^(?:و?ال|لل|بال|كال)(?=..)")
_ARABIC_END = re.compile("(?<=..)(?:ات|ه|ين|ون)$")


def mended(run: str, pairs: Mapping[str, int]) -> str:
    """Return a dense run with one sign put right, so that more of its pairs are known.

    `pairs` are pairs that goods hold, with how many; the run itself when nothing is better.

    >>> mended("竹编蓝子", {"竹编": 9, "编篮": 5, "篮子": 7})
    '竹编篮子'
    >>> mended("编竹篮子", {"竹编": 9, "编篮": 5, "篮子": 7})
    '竹编篮子'
    """

    def worth(candidate: str) -> tuple[int, int, int]:
        found = [pairs.get(pair, 0) for pair in needed(candidate)]
        return -found.count(0), min(found), sum(found)

    best, least = run, worth(run)[0]
    for candidate in _one_sign_off(run, pairs):
        if len(candidate) > 1 and worth(candidate)[0] > least:
            best = max(best, candidate, key=worth)
    return best


def _one_sign_off(run: str, pairs: Mapping[str, int]) -> Iterator[str]:
    after: dict[str, set[str]] = {}
    before: dict[str, set[str]] = {}
    for pair in pairs:
        after.setdefault(pair[0], set()).add(pair[-1])
        before.setdefault(pair[-1], set()).add(pair[0])
    for n in range(len(run)):
        left, right = run[:n], run[n + 1 :]
        yield left + right
        if right:
            yield left + right[0] + run[n] + right[1:]
        for sign in _between(left[-1:], right[:1], after, before):
            yield left + sign + right
        for sign in _between(left[-1:], run[n], after, before):
            yield left + sign + run[n:]


def _between(
    left: str, right: str, after: Mapping[str, set[str]], before: Mapping[str, set[str]]
) -> set[str]:
    if left and right:
        return after.get(left, set()) & before.get(right, set())
    return after.get(left, set()) if left else before.get(right, set())


def ends_open(text: str) -> bool:
    """Say whether the last word may be only begun: nothing was typed after it.

    >>> ends_open("bamboo bas"), ends_open("basket ")
    (True, False)
    """
    return bool(text) and text[-1].isalnum()


def _pairs(run: str) -> list[str]:
    return [run[n : n + 2] for n in range(len(run) - 1)]


@lru_cache(maxsize=200_000)
def code(word: str) -> int:
    """Return the 32-bit code (signed) under which search keeps a word.

    >>> code("basket") == code("basket") != code("baskets")
    True
    """
    return int.from_bytes(blake2b(word.encode(), digest_size=4).digest(), signed=True)


# Near misses -----------------------------------------------------------------------------
# Only so many first letters are compared for candidates: keeps the lists short.
_NEAR_LETTERS = 8


def forgiven(word: str) -> int:
    """Return how many wrong letters a word may have: 0, 1 or 2.

    >>> forgiven("ox"), forgiven("bowl"), forgiven("basket"), forgiven("竹篮")
    (0, 1, 2, 0)
    """
    if is_dense(word) or word.isdigit() or len(word) < 3:
        return 0
    return 1 if len(word) < 6 else 2


@lru_cache(maxsize=100_000)
def near(word: str) -> tuple[int, ...]:
    """Return codes of a word's beginning and of what is left of it without some letters.

    Two words that differ by as many letters as are forgiven share one (the SymSpell method),
    whatever their script: trigrams of a database know only the letters of its locale.

    >>> bool(set(near("basket")) & set(near("baskte")))
    True
    """
    begin = word[:_NEAR_LETTERS]
    shorter = {begin}
    for letters in range(1, forgiven(word) + 1):
        for gone in combinations(range(len(begin)), letters):
            shorter.add("".join(c for place, c in enumerate(begin) if place not in gone))
    return tuple(sorted(code(f"~{one}") for one in shorter)) if forgiven(word) else ()


def distance(one: str, other: str) -> int:
    """Return how many letters to change, add, leave out or swap make one word the other.

    >>> distance("basket", "bsaket"), distance("cup", "cups"), distance("pot", "mug")
    (1, 1, 3)
    """
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(other, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]


def nearest(word: str, known: Mapping[str, int]) -> list[str]:
    """Return the words most likely meant, best first: near, same first letter, common.

    `known` are candidates with the number of goods that hold them.

    >>> nearest("baskit", {"basket": 9, "biscuit": 90, "casket": 3})
    ['basket', 'casket']
    """
    far = {one: distance(word, one) for one in known}
    close = [one for one in known if far[one] <= min(forgiven(word), forgiven(one))]
    return sorted(close, key=lambda one: (far[one], one[0] != word[0], -known[one], one))
