"""Telephone numbers in a text of trade, told from prices, sizes, dates and numbers of parcels.

The input is plain: lower case, ASCII digits (see leaks).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

# E.164 allows fifteen digits; no country has subscriber numbers of fewer than seven with its area.
FEWEST, MOST = 8, 15

_DIGIT_WORDS = (
    "zero|oh|one|two|three|four|five|six|seven|eight|nine|double|triple"
    "|cero|uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve"
    "|sifuri|moja|mbili|tatu|nne|tano|sita|saba|nane|tisa"
    "|zéro|un|deux|trois|quatre|cinq|sept|huit|neuf"
    "|صفر|واحد|اثنان|اثنين|ثلاثة|اربعة|أربعة|خمسة|ستة|سبعة|ثمانية|تسعة"
)
# Digits said one by one, with or without some written: at least seven, three of them as words.
_SAID = re.compile(
    rf"(?<!\w)(?:(?:{_DIGIT_WORDS}|\d{{1,4}})[\s,.\-]+){{4,}}(?:{_DIGIT_WORDS}|\d{{1,4}})(?!\w)"
)
_WORD = re.compile(_DIGIT_WORDS)
_SAID_CHINESE = re.compile(r"[零〇一二三四五六七八九幺两0-9]{7,}")
# Digits with what people put between them, as long as it goes on.
_RUN = re.compile(r"(?<![\w.,#])\(?[+]?\(?\d(?:[\s().\-–/·*_]{0,3}\d){6,}(?!\w)")
# A zero for an O, a one for an l.
_ALMOST = re.compile(r"(?<![\w#])[+0o][0-9oil]{8,14}(?!\w)")

_TELLS = re.compile(
    r"(phone|call|tel|cell|mobile|sms|text me|my number|our number|number is|whats\W?app|wechat|"
    r"telegram|viber|ring|reach|contact|dial|"
    r"ll[aá]m|tel[eé]f|m[oó]vil|celular|mi n[uú]mero|appel|portable|"
    r"电话|手机|号码|联系|打给|致电|微信|热线|"
    r"هاتف|اتصل|رقمي|موبايل|جوال|واتس|"
    r"simu|piga|namba yangu|nambari yangu|wasiliana)"
)
_OTHER_NUMBER = re.compile(
    r"(order|parcel|track\w*|shipment|invoice|ean|gtin|isbn|upc|sku|art(icle)?|item|batch|lot|serial|"
    r"hs( code)?|tariff|code|ref(erence)?|policy|receipt|model|patent|certificate|licen[cs]e|vat|"
    r"eori|tin|register|customs|barcode|asin|part|awb|cn22|"
    r"pedido|seguimiento|gu[ií]a|factura|c[oó]digo|lote|commande|suivi|colis|facture|"
    r"订单|运单|单号|快递|物流|条码|编号|型号|批号|"
    r"طلب|الطلب|تتبع|شحنة|فاتورة|رمز|"
    r"oda|agizo|kifurushi|ankara|risiti)"
    r"\s*(code|number|nummer|n[uú]mero|no|nr|n[°º]|id|namba|رقم)?\W{0,3}(is|was|es|est|是|ni|هو)?\W{0,3}$"
)
_DATE = re.compile(
    r"(?<![\d\-/.])(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})(?![\d/]|[\-.]\d)"
    r"|\b\d{1,2}:\d{2}(:\d{2})?\b|\b(19|20)\d{2}\s?[-–/]\s?(19|20)\d{2}\b"
)
_UNIT = (
    r"(x|×|by|cm|mm|m|km|kg|g|ml|l|oz|lb|inch|in|ft|pcs|pieces?|units?|sets?|boxes|cartons?|"
    r"pairs?|%|eur|usd|rwf|kes|ngn|ghs|cny|rmb|gbp|ugx|tzs|mxn|inr|jpy|cop|pen|brl|zar|aed|xof|"
    r"francs?|shillings?|shilingi|pesos?|dollars?|euros?|yuan|dirhams?|元|块|件|个|公斤|厘米|"
    r"درهم|دولار|قطعة|vipande|piezas|unidades)"
)
_MEASURE = re.compile(rf"\d[\d.,\s]*\s?{_UNIT}(?![a-z])|[$€£¥₦₹₵]\s?\d[\d.,\s]*\d|\d+\s?[x×]\s?\d+")
_CURRENCY_BEFORE = re.compile(
    r"(eur|usd|rwf|kes|ngn|ghs|cny|rmb|gbp|ugx|tzs|mxn|inr|jpy|cop|pen|brl|zar|aed|xof|ksh|tsh|ush|"
    r"frw|price|total|precio|cost|[$€£¥₦₹₵])\W{0,2}$"
)
_THOUSANDS = re.compile(r"\d{1,3}([ .,])\d{3}(\1\d{3})+")
_AMERICAN = re.compile(r"\(?[2-9]\d{2}\)?[ .\-]{1,2}\d{3}[ .\-]\d{4}")
_CHINESE = re.compile(r"1[3-9]\d{9}")
_INDIAN = re.compile(r"(?:91[ \-]?)?[6-9]\d{4}[ \-]\d{5}")


def spans(plain: str) -> Iterator[tuple[int, int]]:
    """Return where telephone numbers stand.

    >>> [*spans("call 0788 123 456 or see order 10002345")]
    [(5, 17)]
    """
    yield from _said(plain)
    # What is measured, dated or priced is blanked in place, so that spans stay true.
    rest = _MEASURE.sub(_blank, _DATE.sub(_blank, plain))
    for match in _RUN.finditer(rest):
        if _is_phone(match.group(), plain[: match.start()]):
            yield match.span()
    for match in _ALMOST.finditer(plain):
        digits = sum(letter.isdigit() for letter in match.group())
        if not match.group()[1:].isdigit() and digits >= 6:
            yield match.span()


def _said(plain: str) -> Iterator[tuple[int, int]]:
    for match in _SAID.finditer(plain):
        words = len(_WORD.findall(match.group()))
        if words >= 3 and words + sum(letter.isdigit() for letter in match.group()) >= 7:
            yield match.span()
    for match in _SAID_CHINESE.finditer(plain):
        if re.search(r"[^0-9]", match.group()) and len(set(match.group())) > 2:
            yield match.span()


def _blank(match: re.Match[str]) -> str:
    return ";" * len(match.group())


def _is_phone(run: str, before: str) -> bool:
    digits = re.sub(r"\D", "", run)
    if not 7 <= len(digits) <= MOST or len(set(digits)) <= 2 or _counts_up(list(digits)):
        return False
    near = before[-40:]
    if _OTHER_NUMBER.search(near) or _CURRENCY_BEFORE.search(near):
        return False
    if _TELLS.search(near):
        return True
    if _THOUSANDS.fullmatch(run.strip()):
        return False
    if run.lstrip("(").startswith("+") or digits.startswith("00"):
        return len(digits) >= FEWEST
    return _is_national(run, digits)


def _is_national(run: str, digits: str) -> bool:
    """Say whether digits without a country look like a number somewhere.

    With a trunk zero; as in North America; a Chinese mobile; ten digits in one (India and others).
    Twelve to fourteen digits in one are goods' bar codes, eight may be a parcel or an invoice.
    """
    groups = re.findall(r"\d+", run)
    if all(len(group) == 1 for group in groups):
        return len(digits) >= FEWEST
    if digits.startswith("0"):
        return 9 <= len(digits) <= 12
    if _AMERICAN.search(run) or _INDIAN.fullmatch(run) or _CHINESE.fullmatch(digits):
        return True
    return len(groups) == 1 and len(digits) == 10


def _counts_up(digits: list[str]) -> bool:
    """Say whether digits only count, as sizes do: 1 2 3 4 5 6 7 8."""
    steps = {int(after) - int(one) for one, after in pairwise(digits)}
    return len(digits) > 2 and steps <= {1, -9}
