"""The fakers of the simulated market: what they try, and what they change when it fails.

A campaign sells fakes of one brand until it gives up. It begins with a strategy; after a refusal
it changes one or two things at random (the photo's edit, the photo, how the name is written, the
price, the wording, the account), and keeps what went through. Rings share photographs of their
goods and, now and then, a payout account, a phone or a device.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from bench import fakers_words as words
from bench.fakers_edits import EDITS
from bench.fakers_pictures import Shot
from bench.fakers_world import HOURS_OPEN, USUAL_MINOR, Brand, Listing, Shop, World

# Strategy → share of campaigns.
STRATEGIES = {
    "photo theft": 0.26,
    "look-alike name": 0.20,
    "hidden brand": 0.16,
    "price bait": 0.14,
    "slow mixing": 0.12,
    "sleeper account": 0.12,
}
CAMPAIGNS_A_RING = 6
MOST_TRIES = (4, 5, 6, 7)
# Of what a removed faker's next account gives the market, so much was given before.
SAME_KEY = {"payment": 0.5, "phone": 0.35, "device": 0.45}
REMOVALS_TO_CLOSE = 3
PATIENCE_H = 26  # a held listing is given up after so long
NAME_WAYS = tuple(words.HIDING)


@dataclass(frozen=True)
class Recipe:
    """How a fake is offered. `source` is a photograph; `edit` (family, seed) or none."""

    source: str
    edit: tuple[tuple[str, int], ...]
    label: bool
    name_way: str
    price_share: float
    says: str


@dataclass
class Campaign:
    """One faker at work on one brand."""

    number: int
    ring: int
    strategy: str
    brand: Brand
    dice: random.Random
    factory: Sequence[str]
    recipe: Recipe
    shop: Shop
    tries_left: int
    adaptations: int = 0
    removals_here: int = 0
    accounts: int = 1
    # Fakes tried from the present account after a removal, and whether a link was seen by then.
    tried_here: int = 0
    returned: bool = False
    link_seen_at: int = 0
    returns: list[int] = field(default_factory=list)


def campaigns(world: World, many: int) -> list[Campaign]:
    """Return the campaigns with their first recipes and accounts."""
    kinds = world.dice.choices(list(STRATEGIES), list(STRATEGIES.values()), k=many)
    rings = max(1, many // CAMPAIGNS_A_RING)
    found = []
    for number, strategy in enumerate(kinds):
        ring = number % rings
        dice = random.Random(world.dice.randrange(1 << 40))
        factory = [world.pool.factory[(2 * ring + n) % len(world.pool.factory)] for n in range(2)]
        brand = world.brands[(ring + number // rings) % len(world.brands)]
        begin = dice.uniform(0, HOURS_OPEN * 0.6)
        recipe = first_recipe(strategy, brand, factory, dice)
        shop = open_account(world, strategy, begin, None, dice)
        found.append(
            Campaign(
                number,
                ring,
                strategy,
                brand,
                dice,
                factory,
                recipe,
                shop,
                tries_left=dice.choice(MOST_TRIES),
            )
        )
    return found


def first_recipe(
    strategy: str, brand: Brand, factory: Sequence[str], dice: random.Random
) -> Recipe:
    """Return how a strategy begins."""
    stolen = dice.choice(brand.references)
    own = dice.choice(factory)
    edit = _edit(dice)
    says = dice.choice((*words.FAKE_SAYS[:4], "", "", ""))
    price = dice.uniform(0.4, 0.8)
    recipes = {
        "photo theft": Recipe(stolen, edit, False, dice.choice(("plain", "none")), price, says),
        "look-alike name": Recipe(
            dice.choice((own, stolen)), edit, False, dice.choice(NAME_WAYS), price, says
        ),
        "hidden brand": Recipe(dice.choice((own, stolen)), (), True, "none", price, says),
        "price bait": Recipe(
            dice.choice((own, stolen)), edit, False, "plain", dice.uniform(0.08, 0.25), says
        ),
        "slow mixing": Recipe(stolen, edit, False, dice.choice(("plain", *NAME_WAYS)), price, ""),
        "sleeper account": Recipe(
            dice.choice((own, stolen)), edit, False, dice.choice(("plain", *NAME_WAYS)), price, says
        ),
    }
    return recipes[strategy]


def open_account(
    world: World, strategy: str, now_h: float, before: Shop | None, dice: random.Random
) -> Shop:
    """Open an account; some of its keys are those of the account before."""
    is_old = strategy == "sleeper account" and before is None
    opened = now_h - 24 * dice.uniform(95, 300) if is_old else now_h - dice.uniform(1, 120)
    shop = world.open_shop(
        strategy,
        honest=False,
        opened_h=opened,
        verified=is_old or dice.random() < 0.4,
        orders_a_day=dice.uniform(0.2, 0.5) if is_old else 0.02,
    )
    shop.sources = [world.pool.next_own()]
    if before is not None:
        kept = {key for key in sorted(before.keys) if dice.random() < SAME_KEY.get(key[0], 0)}
        kinds = {kind for kind, _value in kept}
        shop.keys = frozenset(kept | {key for key in shop.keys if key[0] not in kinds})
    return shop


def offer(world: World, campaign: Campaign, now_h: float) -> Listing:
    """Return the campaign's next fake."""
    dice, recipe, brand = campaign.dice, campaign.recipe, campaign.brand
    said = words.named(brand.name, recipe.name_way, dice)
    title = words.branded(said, brand.shelf, dice) if said else words.goods_title(brand.shelf, dice)
    label = brand.name if recipe.label else ""
    shots = [Shot(recipe.source, recipe.edit, label)]
    if dice.random() < 0.35:  # a harmless second picture
        shots.append(Shot(dice.choice(campaign.shop.sources)))
    says = recipe.says.format(n=600_000_000 + campaign.ring * 7919, h=f"ring{campaign.ring}")
    price = USUAL_MINOR[brand.shelf] * recipe.price_share
    campaign.tries_left -= 1
    campaign.tried_here += 1
    return Listing(
        listing_id=next(world.listing_ids),
        shop=campaign.shop,
        title=title,
        description=says,
        shelf=brand.shelf,
        price_minor=max(100, round(price / 50) * 50),
        shots=tuple(shots),
        posted_h=now_h,
        kind=campaign.strategy,
        fake_of=brand,
        campaign=campaign,
        adaptations=campaign.adaptations,
        how=how(campaign),
    )


def how(campaign: Campaign) -> str:
    """Name a recipe in a few words, for the list of what was missed."""
    recipe = campaign.recipe
    whose = "own" if recipe.source in campaign.factory else "holder's"
    edit = recipe.edit[0][0] if recipe.edit else "as it is"
    label = ", name in picture" if recipe.label else ""
    return f"{whose} photo {edit}{label}; name {recipe.name_way}"


def honest_goods(world: World, campaign: Campaign, now_h: float) -> Listing:
    """Return honest goods that a mixing faker posts between."""
    shop, dice = campaign.shop, campaign.dice
    shelf = dice.choice(list(words.GOODS))
    return Listing(
        listing_id=next(world.listing_ids),
        shop=shop,
        title=words.goods_title(shelf, dice),
        description=dice.choice(words.HONEST_SAYS),
        shelf=shelf,
        price_minor=dice.randrange(20, 80) * 50,
        shots=(Shot(dice.choice(shop.sources)),),
        posted_h=now_h,
        kind="a faker's cover",
    )


def adapt(world: World, campaign: Campaign, now_h: float, *, removed: bool) -> None:
    """Change one or two things after a refusal; open a new account when it must or may help."""
    dice = campaign.dice
    campaign.adaptations += 1
    for what in dice.sample(
        ("edit", "photo", "name", "price", "words", "label"), dice.choice((1, 2))
    ):
        campaign.recipe = changed(campaign, what)
    campaign.removals_here += removed
    if campaign.removals_here >= REMOVALS_TO_CLOSE or (removed and dice.random() < 0.3):
        campaign.shop.closed = campaign.removals_here >= REMOVALS_TO_CLOSE
        note_return(campaign)
        campaign.shop = open_account(world, campaign.strategy, now_h, campaign.shop, dice)
        campaign.accounts += 1
        campaign.removals_here = campaign.tried_here = campaign.link_seen_at = 0
        campaign.returned = True


def note_return(campaign: Campaign) -> None:
    """Keep at which try of the present account its link to the removed one was seen; 0 is never."""
    if campaign.returned and campaign.tried_here:
        campaign.returns.append(campaign.link_seen_at)


def changed(campaign: Campaign, what: str) -> Recipe:
    """Return the recipe with one thing changed; somewhere it must still say the brand.

    Own goods without a name in title or picture would sell as what they are.
    """
    recipe = _changed(campaign, what)
    if recipe.name_way == "none" and recipe.source in campaign.factory:
        return replace(recipe, label=True)
    return recipe


def _changed(campaign: Campaign, what: str) -> Recipe:
    dice, recipe = campaign.dice, campaign.recipe
    if what == "edit":
        return replace(recipe, edit=_edit(dice))
    if what == "photo":
        mine = dice.random() < 0.5
        source = dice.choice(campaign.factory if mine else campaign.brand.references)
        return replace(recipe, source=source, edit=_edit(dice))
    if what == "name":
        return replace(recipe, name_way=dice.choice((*NAME_WAYS, "plain")))
    if what == "price":
        return replace(recipe, price_share=dice.uniform(0.45, 0.95))
    if what == "words":
        return replace(recipe, says=dice.choice((*words.FAKE_SAYS, *words.HONEST_SAYS)))
    return replace(recipe, label=not recipe.label)


def _edit(dice: random.Random) -> tuple[tuple[str, int], ...]:
    many = dice.choice((0, 1, 1, 1, 2))
    return tuple((dice.choice(list(EDITS)), dice.randrange(1 << 20)) for _ in range(many))
