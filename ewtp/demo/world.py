"""Who lives in the demo, what they sell, and how they trade. Data only; story.py plays it."""

from __future__ import annotations

from dataclasses import dataclass

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
    """One listing: price in minor units of the shop's currency; `motif` is what is drawn."""

    title: str
    category: str
    price_minor: int
    stock: int
    motif: str
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
ACCUSED_GOOD = "Nordvic family pattern bowl, black clay"
LATE_SHOP = "Chiang Mai Indigo"

_COFFEE = (
    Good(
        "Washed arabica, medium roast, 500 g",
        "food-drink",
        11_000,
        120,
        "bag",
        "Orange, brown sugar, a long finish. Roasted each Monday.",
    ),
    Good(
        "Natural arabica, light roast, 250 g",
        "food-drink",
        7_500,
        90,
        "bag",
        "Dried in the whole cherry for four weeks. Strawberry and cocoa.",
    ),
    Good(
        "Green coffee beans, 1 kg, for home roasters",
        "food-drink",
        14_000,
        60,
        "sack",
        "Screen 16 and up, moisture 11 %, crop of this year.",
    ),
    Good(
        "Honey from the coffee gardens, 400 g",
        "food-drink",
        8_000,
        45,
        "jar",
        "Our bees work the coffee blossom in September.",
    ),
    Good(
        "Coffee sampler, three roasts of 100 g",
        "food-drink",
        9_500,
        70,
        "box",
        "Light, medium and dark of one harvest, to find yours.",
    ),
    Good(
        "Hand-woven coffee basket, sisal",
        "home",
        18_000,
        20,
        "basket",
        "Woven by the pickers' cooperative in the rainy months.",
    ),
    Good(
        "Dried passion fruit, 200 g",
        "food-drink",
        5_000,
        80,
        "bag",
        "Nothing added. From the slopes between the coffee rows.",
    ),
)
_TOYS = (
    Good(
        REFERENCE_GOOD,
        "toys",
        6_490,
        25,
        "train",
        "Beech and maple, oiled with linseed. For hands from two years.",
    ),
    Good(
        "Lindenhof stacking rings",
        "toys",
        2_490,
        40,
        "rings",
        "Eight rings, plant dyes, a stand that does not tip.",
    ),
    Good(
        "Lindenhof Noah's ark with 20 animals",
        "toys",
        11_900,
        12,
        "ark",
        "Carved and painted by hand; the roof lifts off.",
    ),
    Good(
        "Lindenhof spinning tops, set of four",
        "toys",
        1_290,
        60,
        "tops",
        "Turned from offcuts, so no two are alike.",
    ),
    Good(
        "Lindenhof doll's bed", "toys", 4_900, 15, "bed", "Pine, with a mattress of sheep's wool."
    ),
    Good(
        "Lindenhof abacus",
        "toys",
        3_200,
        30,
        "abacus",
        "A hundred beads that run smoothly for a generation.",
    ),
    Good("Lindenhof marble run", "toys", 7_900, 18, "run", "Twelve tracks; endless ways to build."),
)
_INDIGO = (
    Good(
        "Indigo scarf, hand-dyed cotton",
        "textiles",
        89_000,
        40,
        "scarf",
        "Dipped fourteen times. It will lend you some blue at first.",
    ),
    Good(
        "Indigo table runner, wave pattern",
        "textiles",
        120_000,
        25,
        "waves",
        "Paste resist, cut by hand. 40 × 180 cm.",
    ),
    Good(
        "Indigo cushion cover, 45 cm",
        "textiles",
        69_000,
        50,
        "cushion",
        "Heavy cotton, hidden zip, washes well.",
    ),
    Good(
        "Tie-dye tote, indigo",
        "textiles",
        55_000,
        60,
        "tote",
        "Carries ten kilos of market fruit. We tried.",
    ),
    Good(
        "Hill-tribe jacket, indigo hemp",
        "textiles",
        340_000,
        8,
        "jacket",
        "Hemp woven on back-strap looms; made to last decades.",
    ),
    Good(
        "Indigo napkins, set of six",
        "kitchen",
        95_000,
        30,
        "napkins",
        "Six shades, from one dip to twelve.",
    ),
    Good(
        "Natural indigo powder, 100 g",
        "home",
        45_000,
        35,
        "jar",
        "For your own vat. With a card that says how.",
    ),
)
_CLAY = (
    Good(
        "Black clay jug, burnished",
        "kitchen",
        62_000,
        18,
        "jug",
        "Burnished with quartz. For water and for flowers.",
    ),
    Good(
        ACCUSED_GOOD,
        "kitchen",
        48_000,
        22,
        "bowl",
        "The leaf pattern my grandfather drew on the wall of the workshop.",
    ),
    Good(
        "Mezcal cups, set of four",
        "kitchen",
        36_000,
        40,
        "cups",
        "Small, wide, and honest about how much you pour.",
    ),
    Good(
        "Clay lantern with stars",
        "home",
        54_000,
        16,
        "lantern",
        "Cut by hand while the clay is leather-hard.",
    ),
    Good(
        "Clay singing bird whistle", "toys", 12_000, 70, "bird", "Two notes. Children find a third."
    ),
    Good(
        "Comal for tortillas, 30 cm",
        "kitchen",
        29_000,
        26,
        "comal",
        "Season it with lime once; use it for years.",
    ),
)
_BLADES = (
    Good(
        "Santoku knife, 165 mm, white steel",
        "kitchen",
        18_500,
        14,
        "knife",
        "Forged, quenched in water, handle of magnolia.",
    ),
    Good(
        "Nakiri vegetable knife, 160 mm",
        "kitchen",
        16_800,
        16,
        "nakiri",
        "A flat edge that meets the board everywhere at once.",
    ),
    Good("Paring knife, 90 mm", "kitchen", 7_400, 30, "paring", "The one you will reach for."),
    Good(
        "Garden shears, hand-forged",
        "home",
        12_900,
        12,
        "shears",
        "For bonsai and for thick roses alike.",
    ),
    Good(
        "Whetstone, grit 1000 and 6000",
        "kitchen",
        5_200,
        40,
        "stone",
        "With a paper that shows the angle.",
    ),
    Good(
        "Kitchen tweezers, fish bone",
        "kitchen",
        2_600,
        50,
        "tweezers",
        "They grip, they do not slip, they rinse clean.",
    ),
    Good("Chestnut knife block", "kitchen", 9_800, 10, "block", "Oiled chestnut, holds five."),
)
_BARGAINS = (
    Good("Phone stand, bamboo", "home", 19_000, 200, "stand", "Holds any phone."),
    Good(
        "Kitchen timer, egg shape", "kitchen", 15_000, 150, "egg", "Rings after up to 60 minutes."
    ),
    Good("Cotton tea towels, three", "kitchen", 21_000, 120, "towels", "Three colours."),
    Good("Picnic blanket, fleece", "home", 39_000, 80, "blanket", "Rolls up small."),
    # Copies: another's name with digits in it, and copies of another's photos. One was taken
    # down long ago, the other waits for staff.
    Good(FAKE_GOOD, "toys", 49_000, 300, "train", "Same like original."),
    Good(WAITING_FAKE, "toys", 19_000, 200, "tops", "Same like original, 4 pcs."),
)

SHOPS = (
    DemoShop(
        "Umucyo Coffee",
        Person("Claudine Uwase", "farmer@demo.example", "RW", ("seller",)),
        "RW",
        "RWF",
        9_000,
        "Forty-two families above Lake Kivu. We wash, dry and roast what we pick ourselves.",
        34,
        0,
        _COFFEE,
    ),
    DemoShop(
        BRAND_SHOP,
        Person("Martha Linden", "workshop@demo.example", "DE", ("seller",)),
        "DE",
        "EUR",
        690,
        "Ten people, one barn, wood from the next valley. We have made toys since 1962.",
        30,
        5,
        _TOYS,
    ),
    DemoShop(
        LATE_SHOP,
        Person("Somchai Rattana", "dyer@demo.example", "TH", ("seller",)),
        "TH",
        "THB",
        25_000,
        "A dye house of six. Indigo grown behind the house, cotton spun in the next village.",
        22,
        15,
        _INDIGO,
    ),
    DemoShop(
        ACCUSED,
        Person("Rosa Nordvic Martínez", "potter@demo.example", "MX", ("seller",)),
        "MX",
        "MXN",
        18_000,
        "Black clay, fired in a pit as my grandmother did. My grandfather Nordvic came by ship.",
        18,
        0,
        _CLAY,
    ),
    DemoShop(
        "Tanaka Blades",
        Person("Hiroshi Tanaka", "smith@demo.example", "JP", ("seller",)),
        "JP",
        "JPY",
        1_800,
        "Father and daughter, one forge. We sharpen for free whatever we have made.",
        26,
        0,
        _BLADES,
    ),
    DemoShop(
        COPYCAT,
        Person("Max Quick", "copycat@demo.example", "TH", ("seller",)),
        "TH",
        "THB",
        5_000,
        "Best price all day.",
        5,
        60,
        _BARGAINS,
    ),
)
