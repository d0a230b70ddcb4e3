"""Words around a protected name: what makes its use lawful, and what sellers glue to it.

Our own lists, made by hand. Accents do not count.
"""

from __future__ import annotations

from antifake.detectors.text import without_marks


def _folded(listed: str) -> frozenset[str]:
    return frozenset(without_marks(word.casefold()) for word in listed.split())


# "case for X" in the languages sellers write.
FOR = _folded(
    "for fits fit fitting compatible replaces suits für fur passend pour compatibles para per voor "
    "för til till do dla pentru için icin для под untuk kwa uyumlu подходит compatibile compatível "
    "用于 适用 适用于 兼容 適用 支持 対応 用 لـ متوافق के"
)
FOR_ENDS = frozenset(
    (one, other)
    for one, others in {
        "compatible": "with con avec",
        "compatibles": "con avec",
        "compatibile": "con",
        "compativel": "com",
        "works": "with",
        "work": "with",
        "use": "with",
        "used": "with",
        "designed": "for",
        "kompatibel": "mit",
        "kompatibilni": "s",
        "совместим": "с",
        "совместимо": "с",
        "متوافق": "مع",
        "sesuai": "dengan",
        "inafaa": "kwa",
    }.items()
    for other in others.split()
)
# "iPhone compatible cable", "iPhone için kılıf", "iPhone 対応".
AFTER = _folded("compatible kompatibel compatibile uyumlu için icin 対応 兼容 适用 用 के")
PASSED_OVER = _folded(
    "the your all any most my with a an new original genuine der die das dein le la les l el los "
    "il lo o os de vos your the old"
)
AND = _folded("and or und oder et ou y o e и или и och og en dan na")
SECOND_HAND = _folded(
    "used secondhand preowned preloved vintage refurbished renewed reconditioned antique retro "
    "gebraucht gebrauchte gebrauchter gebrauchtes occasion doccasion usado usada segunda usato "
    "usata vintage getragen getragene getragener indossato porté portée usados usadas usati usate "
    "бу подержанный винтаж 二手 中古 bekas ikinci eski مستعمل पुराना mtumba"
)
SECOND_HAND_PAIRS = frozenset(
    {("second", "hand"), ("pre", "owned"), ("pre", "loved"), ("zweite", "hand"), ("d", "occasion")}
    | {(how, "worn") for how in ("barely", "hardly", "rarely", "lightly", "once", "twice")}
    | {("worn", how) for how in ("once", "twice", "few", "little", "out")}
    | {("segunda", "mano"), ("segunda", "mao"), ("б", "у"), ("ikinci", "el"), ("gently", "worn")}
)
# What sellers write against a name without a blank.
MARKET = _folded(
    "shoe shoes sneaker sneakers trainer trainers boot boots sandal sandals slipper slippers heels "
    "bag bags handbag handbags purse purses wallet wallets backpack backpacks tote clutch belt "
    "belts watch watches clock jewelry jewellery ring rings bracelet bracelets necklace earring "
    "earrings shirt shirts tshirt tshirts tee tees polo hoodie hoodies jacket jackets coat coats "
    "dress dresses jeans pants trousers shorts socks sock cap caps hat hats scarf scarves glove "
    "gloves sunglasses glasses eyewear perfume perfumes parfum fragrance cologne makeup lipstick "
    "cream phone phones case cases cover covers charger cable headphone headphones earphone "
    "earphones earbuds speaker speakers camera cameras laptop laptops tablet tablets toy toys "
    "doll dolls bricks blocks game games car cars auto parts part tool tools kit kits set sets "
    "style styles styled fashion design designer look inspired like type brand brands branded "
    "official outlet outlets store stores shop shops shopping online sale sales seller deal deals "
    "discount cheap offer factory wholesale supply supplier direct market mall world club house "
    "original originals genuine authentic real replica copy copies quality premium luxury best "
    "new hot top super mega pro max plus mini lite sport sports wear sportswear clothing clothes "
    "apparel men mens man women womens woman kids kid boy boys girl girls baby unisex ladies "
    "the my our your get go vip classic classics edition collection series model line "
    "fan fans zone hub lab love life team one max usa uk eu china france italia paris "
    "2go 4u 4you xl xxl free gift gifts look looks lookalike dupe rep reps clone fake "
    "accessories accessory stuff gear bottle lotion soap serum vest sweater sweatshirt "
    "leggings bra pyjamas suit tie lens battery batteries strap band blanket towel pen pens "
    "black white red blue green pink gold silver grey brown "
    "schuhe schuh tasche taschen uhr uhren jacke hose hemd laden chaussures chaussure sac sacs "
    "montre montres veste boutique zapatos zapatillas bolso bolsos reloj relojes tienda camiseta "
    "scarpe borsa borse orologio negozio sapatos tenis bolsa relogio loja sepatu tas jam toko "
    "ayakkabi canta saat viatu mkoba saa кроссовки обувь сумка часы куртка"
)
# Words of English that stand one slip from names many know. The market's own titles teach more.
ORDINARY = _folded(
    "brain brains casino espresso heroes beat beast bears bears area areas arenas columbian "
    "teal couch poach roach chapel channel channels boats boots floats conch mile milo bike hike "
    "kite pike file files fill film pumas pump plume guest guessed easel diesels ladies latest "
    "swatches watch watches watchers match fossils garden cartoon carrier quarter optical "
    "coaches cosmic basic basics caution canyon cannon canons cation prado prides prods pride "
    "candor pandas panda ponders sander sonic song sons soy boss bass base case vases vans vane "
    "dial dill duel dwell deal bell cell hell sell smell apples apply ample maples staple "
    "leg legs logo legato ego loge lingo lever levels level levies revise louvre loupe lodge "
    "ginger former armani army armada arming amino champions champagne campaign companion "
    "converge converts conserve universe reverse verse versed versatile persona person persons "
    "tissue tissues tiger timer timbers timberlands longing longitude omegas mega image "
    "carter charter martin marvels marble marvellous barbies barbed barbecue bobbie hobbies "
    "disco discs display dish pony sunny stony phone phones nickel nice niche mice dice "
    "oak oaks oakland wilton wilsons willow jacks stands standby stately steely yet yetis "
    "clinic clinics olive novel native naval nova bench bosh bush brush ranger wrangle wrangled "
    "supremes suprema extreme patio columbus reason season samson sensing sung signing cannoli "
    "toasted motorcycle motorcycles epsom epoch landmark kodiak kayak olympics olympic "
    "lewis levy nichols nicole nicol mickel shell dier tires carol "
    "hands hand kinds kind bonded fluke lace locate coast coasts toast toaster grace "
    "rolled roller rollers role roles relax hublots travel gravel grant garment garments stylus"
)
