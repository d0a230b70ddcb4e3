"""Names and phrases that lead away from the market, in the languages of its people.

English, Spanish, French, Chinese, Arabic and Swahili. Names that are also plain words (signal,
line, wise, outlook) count only in a phrase that says they are a way to write or to pay.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

MAIL, MESSENGER, PAYMENT = "mail", "messenger", "payment"

# Also found letter by letter, and with digits for letters.
NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    MESSENGER: ("whatsapp", "whatsap", "watsapp", "wechat", "weixin", "telegram", "viber"),
    MAIL: ("gmail", "hotmail", "yahoomail", "protonmail"),
    PAYMENT: ("paypal", "westernunion", "moneygram", "bitcoin", "usdt", "venmo", "cashapp"),
}
DIGITS_FOR_LETTERS: Final = (
    str.maketrans("0134578", "oleastb"),
    str.maketrans("0134578", "oieastb"),
)

_SITES = (
    r"(?:com?\.(?:uk|ke|za|tz|rw|jp)|com\.(?:cn|mx|ng|br|tr)|"
    r"com|net|org|info|biz|shop|store|online|site|xyz|app|io|cn|vip|club|link|page|rw|ke|ng|gh|ug)"
)
LINKS: Final = (
    re.compile(r"\bhttps?\s?:\s?/\s?/\s?(?P<host>[\w.\-]+)(?:[/?#:]\S*)?"),
    re.compile(r"(?<![\w@./])(?P<host>www\.[\w.\-]+)(?:[/?#]\S*)?"),
    re.compile(rf"(?<![\w@./])(?P<host>(?:[a-z0-9\-]+\.)+{_SITES})(?![\w\-]|\.\w)(?:[/?#]\S*)?"),
    # With a path behind it any ending is an address: wa.me/250..., t.me/ama, bit.ly/x.
    re.compile(r"(?<![\w@./])(?P<host>(?:[a-z0-9\-]+\.)+[a-z]{2,})(?=/\w)/\S*"),
    # Said instead of written: "myshop dot com".
    re.compile(
        r"\b(?P<host>[a-z0-9\-]{2,}\s*(?:[\[(]\s*(?:dot|punto|point)\s*[\])]|\s(?:dot|punto|point|点|نقطة)\s)"
        r"\s*(?:com|net|org|shop|store|info))\b"
    ),
)

_REACH = (
    r"(?:write|message|text|dm|find|contact|reach|add|follow|chat|talk|ask|look for|search|"
    r"escr[ií]be\w*|b[uú]sca\w*|cont[aá]cta\w*|s[ií]gue\w*|agr[eé]ga\w*|"
    r"nitafute|niandikie|tafuta|[eé]cri\w*|contacte\w*|trouve\w*|my|our|mi|nuestro|mon|notre)"
)
_SOCIAL = r"(?:facebook|fb|instagram|insta|ig|tiktok|snapchat|messenger|signal|line|twitter|qq)"
_AT = r"(?:\s*[\[({]\s*(?:at|arroba)\s*[\])}]\s*|\s+(?:at|arroba|chez)\s+|\s*艾特\s*)"
_DOT = r"(?:\s*[\[({]\s*(?:dot|punto)\s*[\])}]\s*|\s+(?:dot|punto|point)\s+|\s*\.\s*|\s*点\s*)"
_PAY = (
    r"(?:pay(?:ing|ment|ments)?|send(?:ing)?|transfer(?:ring|s)?|deposit|wire|"
    r"paga\w*|pago|env[ií]a\w*|deposita\w*|transfiere\w*|payer|paye[rz]?|envoye[rz]?|"
    r"lipa|tuma|nitumie|付款|支付|转账|打款|汇款|ادفع|الدفع|ارسل|أرسل|حول|حوّل)"
)
_DEAL = (
    rf"(?:{_PAY}|buy(?:ing)?|deal(?:ing)?|trade|order|settle|sell|continue|do (?:it|this|business))"
)
_HERE = r"(?:platform|app|site|website|web ?site|market(?:place)?|ewtp|escrow|system)"
_WITHOUT = (
    r"(?:outside|off|without|away from|instead of|not (?:through|on|via|by)|around|bypass\w*)"
)


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{one})" for one in patterns))


PATTERNS: Final[tuple[tuple[str, re.Pattern[str]], ...]] = (
    (
        MAIL,
        _any(
            r"[\w.+\-]+\s?@\s?[a-z][\w\-]*(?:\s?\.\s?[a-z][\w\-]+)+",
            rf"\b[\w.+\-]{{2,}}{_AT}[\w\-]{{2,}}{_DOT}(?:com|net|org|co|cn|rw|ke|info)\b",
            r"\b(?:gmail|hotmail|protonmail|ymail)\b",
            r"\b(?:outlook|yahoo|icloud|163|126|qq|proton|live)\s?\.\s?com\b",
            (
                r"\b(?:my|our|mi|nuestro|mon|notre)\s(?:e-?mail|mail|correo)(?:\s(?:address|"
                r"electr[oó]nico))?\s(?:is|es|est)\b"
            ),
            r"\b(?:e-?mail|mail)\sme\b",
            r"(?:我的|加我)?(?:邮箱|电邮)\s?(?:是|[::])",
            r"بريدي|ايميلي|إيميلي",
        ),
    ),
    (
        MESSENGER,
        _any(
            r"\bw?h?[au]t+s\W?ap+s?\b|\bwatsap+\b|\bwass?ap\b|\bguas?ap\b|\bwh?atsup app\b|\bwsp\b",
            r"\bwe\s?chat\b|\bweixin\b|\btelegram\b|\bviber\b|\bkakao\s?talk\b|\bzalo\b|\bskype\b",
            r"微信|薇信|威信|维信|微\s信|加\s?[vVwW微薇]\s?(?:信|[::]|\w{4,})|\b[vw]x\s?[::号]|[vV]信|扣扣|飞信|钉钉",
            r"\bqq\s?(?:号|号码|[::]|number|is)?\s?\d{5,}|qq号",
            r"واتس\s?[اآأ]?ب|وتساب|واتساب|تلي?[غجق]را?م|تيلي?[غجق]رام|ماسنجر|سناب\s?شات|انستغرام",
            rf"\b{_REACH}\W+(?:\w+\W+){{0,4}}?{_SOCIAL}\b",
            rf"\b{_SOCIAL}\s?(?:id|handle|account|page|name)?\s?[::]\s?@?[\w.]{{3,}}",
            r"(?<![\w.])@[a-z_][a-z0-9_.]{2,}",
            r"\bsignal app\b",
            r"\b(?:another|other|private|my)\s(?:chat|messenger|messaging)\s?(?:app)?\b",
        ),
    ),
    (
        PAYMENT,
        _any(
            r"\bwestern\s?union\b",
            r"\bmoney\s?gram\b",
            r"\bpay\s?pal\b",
            r"\bvenmo\b",
            r"\bzelle\b",
            r"\bcash\s?app\b",
            r"\bpayoneer\b|\bworldremit\b|\bali\s?pay\b|\bwe\s?pay\b|\bwe\s?chat\s?pay\b",
            r"\bbitcoins?\b",
            r"\bbtc\b",
            r"\busdt\b",
            r"\btether\b",
            r"\bethereum\b",
            r"\bbinance\b",
            r"\btrc-?20\b",
            r"\berc-?20\b",
            r"\bcrypto(?:currency)?\b|\b(?:crypto|btc|eth)?\s?wallet\s(?:address|id)\b",
            r"\b0x[0-9a-f]{40}\b|\bbc1[a-z0-9]{25,60}\b|\bt[a-km-z1-9]{33}\b",
            r"\b(?:gift|steam|itunes|amazon)\scards?\s(?:code|number|as payment)\b",
            (
                rf"{_PAY}\W+(?:\w+\W+){{0,4}}?(?:m-?\s?pesa|momo|mobile money|airtel money|wise|"
                r"revolut|bizum|nequi|yape|tigo pesa|orange money)\b"
            ),
            r"\b(?:m-?\s?pesa|momo|mobile money|airtel money)\s(?:number|till|code|no)\b",
            rf"{_PAY}\W+(?:\w+\W+){{0,3}}?kwa\sm-?pesa",
            (
                rf"\b{_DEAL}\b\W+(?:\w+\W+){{0,5}}?{_WITHOUT}\s(?:of\s)?(?:the\s|this\s|"
                rf"your\s)?{_HERE}\b"
            ),
            (
                r"\b(?:outside|off|away from)\s(?:of\s)?(?:the\s|this\s)?(?:platform|app|"
                r"market(?:place)?|ewtp|website|escrow)\b"
            ),
            rf"\b{_DEAL}\b\W+(?:\w+\W+){{0,3}}?directly to (?:me|us|my|our)\b",
            r"\bpay\s(?:me|us)\s(?:direct(?:ly)?|in person|in cash|cash)\b",
            r"\b(?:bank|wire|direct|swift)\s(?:transfer|deposit)\b",
            r"\bto my (?:bank )?account\b",
            r"\btransfer(?:encia)? bancaria\b",
            (
                r"\b(?:bank )?(?:account|acct|a/c|iban|swift|routing|sort code|card)\s?(?:number|"
                r"no|nr|code)?\W{0,3}(?:is\s)?[a-z]{0,2}\d[\d \-]{5,}"
            ),
            (
                r"\b(?:avoid|save|skip|without|no)\s(?:the\s|paying\s)?(?:platform\s|market\s|"
                r"ewtp\s)?(?:fees?|commission)\b(?=.{0,60}\b(?:pay|transfer|direct|cash|outside|"
                r"whatsapp|deal)\b)"
            ),
            (
                r"\b(?:cheaper|discount|less|better price)\b.{0,40}\b(?:if|when)\syou\s(?:pay|buy|"
                r"order)\s(?:me\s)?(?:direct(?:ly)?|cash|outside|privately)\b"
            ),
            (
                r"\b(?:pag\w+|compr\w+|transfer\w+|depos\w+|trato|venta|vend\w+)\b.{0,30}"
                r"\b(?:por\s)?fuera\b"
            ),
            r"\bfuera de (?:la\s|esta\s)?(?:plataforma|p[aá]gina|aplicaci[oó]n|app|web)\b",
            r"\b(?:pago|paga\w*|transfi\w+)\s(?:\w+\s){0,2}direct[oa](?:mente)?\b",
            r"\bcuenta bancaria\b",
            r"\bclabe\b\W{0,3}\d",
            r"\bmi cuenta\b",
            r"\bhors (?:de la\s)?plateforme\b",
            r"\ben dehors (?:de la|du) (?:plateforme|site)\b",
            r"\bvirement\b",
            r"\bmandat cash\b",
            r"私下(?:交易|付款|转账|支付|购买|成交)|平台外|站外|线下(?:交易|付款|转账|支付)|(?:绕过|避开|不走|不经过|脱离)平台",
            r"直接(?:转账|付款|打款|汇款|转给|付给)",
            r"支付宝",
            r"西联",
            r"速汇金",
            r"比特币",
            r"泰达币",
            r"银行(?:转账|卡号|账号|账户)",
            r"微信(?:支付|转账|付款|红包)",
            r"打到我(?:的)?(?:卡|账)",
            r"(?:卡号|账号)\s?(?:是|[::])?\s?\d{6,}",
            r"خارج (?:المنصة|الموقع|التطبيق|السوق)",
            r"ويسترن\s?يونيون",
            r"ويسترن",
            r"موني\s?جرام",
            r"حوالة",
            r"تحويل (?:بنكي|مصرفي|مباشر)",
            r"(?:ادفع|الدفع|ادفعي) (?:لي )?مباشرة",
            r"بيتكوين",
            r"باي\s?بال",
            r"حسابي البنكي",
            r"رقم الحساب",
            r"\bnje ya (?:jukwaa|mtandao|tovuti|app|soko|mfumo)\b",
            r"\blipa\b.{0,20}\bmoja kwa moja\b",
            r"\bkwa (?:m-?pesa|benki)\b",
            r"\bakaunti yangu\b",
            r"\bnitumie pesa\b",
            r"\btuma pesa\b",
        ),
    ),
)

# ISO 13616: two letters, two check digits, at most thirty letters and digits, in groups or not.
IBAN: Final = re.compile(r"\b[a-z]{2}\d{2}(?:[ \-]?[a-z0-9]{4}){2,7}(?:[ \-]?[a-z0-9]{1,4})?\b")


def is_iban(written: str) -> bool:
    """Say whether the check digits of an account number are right (ISO 7064, modulo 97).

    >>> is_iban("de89 3704 0044 0532 0130 00"), is_iban("de88 3704 0044 0532 0130 00")
    (True, False)
    """
    plain = re.sub(r"[ \-]", "", written)
    if not 15 <= len(plain) <= 34:
        return False
    digits = "".join(str(int(letter, 36)) for letter in plain[4:] + plain[:4])
    return int(digits) % 97 == 1
