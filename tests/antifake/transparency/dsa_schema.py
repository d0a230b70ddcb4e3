"""The field rules of the EU's DSA Transparency Database, as data, and what they say of a statement.

Source: transparency.dsa.ec.europa.eu, page "API and Schema" (schema in force since 1 July 2025),
and the database's own validation in the repository digital-services-act/transparency-database
(app/Http/Requests/StatementStoreRequest.php, app/Models/Statement.php). Written down here by hand
and apart from marketplace/reasons/rules.py, so that the two can disagree.
"""

import re

DAY = re.compile(r"^20\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$")
PUID = re.compile(r"^[A-Za-z0-9_-]{1,500}$")


def named(prefix, names):
    """Every value of one family, from one line of names."""
    return {f"{prefix}_{name}" for name in names.split()}


VISIBILITY = named(
    "DECISION_VISIBILITY",
    "CONTENT_REMOVED CONTENT_DISABLED CONTENT_DEMOTED CONTENT_AGE_RESTRICTED"
    " CONTENT_INTERACTION_RESTRICTED CONTENT_LABELLED OTHER",
)
MONETARY = {f"DECISION_MONETARY_{name}" for name in ("SUSPENSION", "TERMINATION", "OTHER")}
PROVISION = {
    f"DECISION_PROVISION_{part}_{what}"
    for part in ("PARTIAL", "TOTAL")
    for what in ("SUSPENSION", "TERMINATION")
}
ACCOUNT = {"DECISION_ACCOUNT_SUSPENDED", "DECISION_ACCOUNT_TERMINATED"}
GROUND = {f"DECISION_GROUND_{name}_CONTENT" for name in ("ILLEGAL", "INCOMPATIBLE")}
CONTENT = named("CONTENT_TYPE", "APP AUDIO IMAGE PRODUCT SYNTHETIC_MEDIA TEXT VIDEO OTHER")
SOURCE = {
    "SOURCE_ARTICLE_16",
    "SOURCE_TRUSTED_FLAGGER",
    "SOURCE_TYPE_OTHER_NOTIFICATION",
    "SOURCE_VOLUNTARY",
}
DECIDED = {f"AUTOMATED_DECISION_{name}" for name in ("FULLY", "PARTIALLY", "NOT_AUTOMATED")}
CATEGORY = named(
    "STATEMENT_CATEGORY",
    "ANIMAL_WELFARE CONSUMER_INFORMATION CYBER_VIOLENCE CYBER_VIOLENCE_AGAINST_WOMEN"
    " DATA_PROTECTION_AND_PRIVACY_VIOLATIONS ILLEGAL_OR_HARMFUL_SPEECH"
    " INTELLECTUAL_PROPERTY_INFRINGEMENTS NEGATIVE_EFFECTS_ON_CIVIC_DISCOURSE_OR_ELECTIONS"
    " NOT_SPECIFIED_NOTICE OTHER_VIOLATION_TC PROTECTION_OF_MINORS RISK_FOR_PUBLIC_SECURITY"
    " SCAMS_AND_FRAUD SELF_HARM UNSAFE_AND_PROHIBITED_PRODUCTS VIOLENCE",
)
EEA = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK"
COUNTRIES = set(EEA.split(" "))
# field → longest text
TEXTS = {
    "decision_visibility_other": 500,
    "decision_monetary_other": 500,
    "illegal_content_legal_ground": 500,
    "illegal_content_explanation": 2000,
    "incompatible_content_ground": 500,
    "incompatible_content_explanation": 2000,
    "content_type_other": 500,
    "decision_facts": 5000,
}
# field → one of
ONE_OF = {
    "decision_monetary": MONETARY,
    "decision_provision": PROVISION,
    "decision_account": ACCOUNT,
    "account_type": {"ACCOUNT_TYPE_BUSINESS", "ACCOUNT_TYPE_PRIVATE"},
    "decision_ground": GROUND,
    "category": CATEGORY,
    "source_type": SOURCE,
    "automated_detection": {"Yes", "No"},
    "automated_decision": DECIDED,
}
# field → any of, none twice
SOME_OF = {
    "decision_visibility": VISIBILITY,
    "content_type": CONTENT,
    "territorial_scope": COUNTRIES,
}
DAYS = (
    "content_date",
    "application_date",
    "end_date_visibility_restriction",
    "end_date_monetary_restriction",
    "end_date_service_restriction",
    "end_date_account_restriction",
)
REQUIRED = [
    "puid",
    "decision_ground",
    "category",
    "content_type",
    "content_date",
    "application_date",
    "decision_facts",
    "source_type",
    "automated_detection",
    "automated_decision",
]
# (field, value) → fields that then are required, and are not allowed else
REQUIRES = {
    ("decision_ground", "DECISION_GROUND_ILLEGAL_CONTENT"): (
        "illegal_content_legal_ground",
        "illegal_content_explanation",
    ),
    ("decision_ground", "DECISION_GROUND_INCOMPATIBLE_CONTENT"): (
        "incompatible_content_ground",
        "incompatible_content_explanation",
    ),
    ("decision_visibility", "DECISION_VISIBILITY_OTHER"): ("decision_visibility_other",),
    ("decision_monetary", "DECISION_MONETARY_OTHER"): ("decision_monetary_other",),
    ("content_type", "CONTENT_TYPE_OTHER"): ("content_type_other",),
}
# an end belongs to a restriction
ENDS = {
    "end_date_visibility_restriction": "decision_visibility",
    "end_date_monetary_restriction": "decision_monetary",
    "end_date_service_restriction": "decision_provision",
    "end_date_account_restriction": "decision_account",
}
DECISIONS = ("decision_visibility", "decision_monetary", "decision_provision", "decision_account")
KNOWN = {"puid", *TEXTS, *ONE_OF, *SOME_OF, *DAYS}


def breaches(fields):
    """Every field of a statement that the database would refuse."""
    wrong = {name for name in fields if name not in KNOWN}
    wrong |= {name for name in REQUIRED if not fields.get(name)}
    wrong |= {
        name for name, most in TEXTS.items() if name in fields and not 0 < len(fields[name]) <= most
    }
    wrong |= {name for name, few in ONE_OF.items() if name in fields and fields[name] not in few}
    wrong |= {
        name
        for name, few in SOME_OF.items()
        if name in fields
        and not (set(fields[name]) <= few and len(set(fields[name])) == len(fields[name]))
    }
    wrong |= {name for name in DAYS if name in fields and not DAY.match(fields[name])}
    if not PUID.match(fields.get("puid", "")):
        wrong.add("puid")
    if not any(fields.get(name) for name in DECISIONS):
        wrong.add("decision")
    return wrong | _of_each_other(fields)


def _of_each_other(fields):
    wrong = set()
    for (name, value), needed in REQUIRES.items():
        chosen = value in fields.get(name, "") if name in SOME_OF else fields.get(name) == value
        wrong |= {field for field in needed if bool(fields.get(field)) is not chosen}
    start = fields.get("application_date", "")
    wrong |= {name for name in ENDS if name in fields and fields[name] < start}
    wrong |= {name for name, of in ENDS.items() if name in fields and not fields.get(of)}
    if start < "2020-01-02":
        wrong.add("application_date")
    if not "2000-01-01" < fields.get("content_date", "") <= start:
        wrong.add("content_date")
    return wrong
