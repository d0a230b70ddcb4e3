"""Who lives in the demo and how they trade; shops/ has the goods, story.py plays it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

# Everybody's; works only with EWTP_DEMO=1 on loopback.
PASSWORD = "demo-only-password"  # noqa: S105


@dataclass(frozen=True)
class Person:
    """Somebody who signs in. `roles` come beside buyer, which everybody has."""

    name: str
    mail: str
    country: str
    roles: tuple[str, ...] = ()


@dataclass(frozen=True)
class Good:
    """One listing: price in minor units of the shop's currency.

    `photos` are the names of its pictures, the card's first. A copycat's goods have none of their
    own: they show somebody else's.
    """

    title: str
    category: str
    price_minor: int
    stock: int
    photos: tuple[str, ...]
    description: str


@dataclass(frozen=True)
class DemoShop:
    """A shop with its goods; `orders` in six months and the share of them shipped late."""

    name: str
    owner: Person
    country: str
    currency: str
    shipping_minor: int
    story: str
    orders: int
    late_percent: int
    goods: tuple[Good, ...]


CATEGORIES = {
    "food-drink": "Food and drink",
    "toys": "Toys and games",
    "textiles": "Textiles",
    "kitchen": "Kitchen and table",
    "home": "Home",
    "clothing": "Clothes, shoes and bags",
    "jewellery": "Jewellery",
    "care": "Soap and care",
    "paper": "Paper and writing",
    "music": "Music",
}

STAFF = Person("Amina Okafor", "staff@demo.example", "KE", ("staff",))
SECOND_STAFF = Person("Jonas Berg", "second.staff@demo.example", "NO", ("staff",))
OTHERS = (
    Person("Ingrid Nordvik", "rights@demo.example", "NO", ("rights_holder",)),
    Person("Samuel Adeyemi", "risk@demo.example", "NG", ("risk_officer",)),
    Person("Mei Tan", "inspector@demo.example", "SG", ("inspector",)),
    Person("Luca Ferri", "integrator@demo.example", "IT", ("integrator",)),
)
BUYERS = (
    Person("Nora Lind", "buyer@demo.example", "SE"),
    Person("Omar Haddad", "omar@demo.example", "MA"),
    Person("Julia Costa", "julia@demo.example", "BR"),
    Person("Kenji Sato", "kenji@demo.example", "JP"),
    Person("Priya Nair", "priya@demo.example", "IN"),
    Person("Tom Becker", "tom@demo.example", "DE"),
    Person("Grace Mwangi", "grace@demo.example", "KE"),
    Person("Elena Popova", "elena@demo.example", "BG"),
    Person("Diego Ruiz", "diego@demo.example", "ES"),
    Person("Hana Novak", "hana@demo.example", "CZ"),
    Person("Yusuf Kaya", "yusuf@demo.example", "TR"),
    Person("Lily Chen", "lily@demo.example", "CA"),
)

# (name, holder): the second is close to an honest maker's family name.
BRANDS = (
    ("Lindenhof", "Lindenhof Spielwaren"),
    ("Nordvik", "Nordvik Strikk"),
)
# The shop that may sell under the first name, and whose photo is its reference.
BRAND_SHOP = "Atelier Lindenhof"
REFERENCE_GOOD = "Lindenhof wooden train, five wagons"
COPYCAT = "Bargain Galaxy"
FAKE_GOOD = "L1ndenh0f wooden train 5 wagons cheap"
WAITING_FAKE = "Lindenh0f spinning tops 4 pcs"
COPIED_GOODS = {FAKE_GOOD: REFERENCE_GOOD, WAITING_FAKE: "Lindenhof spinning tops, set of four"}
ACCUSED = "Barro de Oaxaca"
ACCUSED_GOOD = "Nordvík family pattern bowl, black clay"
LATE_SHOP = "Chiang Mai Indigo"


def _read_shops() -> tuple[DemoShop, ...]:
    folder = Path(__file__).with_name("shops")
    return tuple(_read_shop(file) for file in sorted(folder.glob("*.toml")))


def _read_shop(file: Path) -> DemoShop:
    row = tomllib.loads(file.read_text(encoding="utf-8"))
    owner = {**row["owner"], "roles": tuple(row["owner"]["roles"])}
    goods = tuple(Good(**{**good, "photos": tuple(good["photos"])}) for good in row["goods"])
    return DemoShop(**{**row, "owner": Person(**owner), "goods": goods})


SHOPS = _read_shops()
