"""The words that name goods nobody may offer here, and the company in which they are innocent.

The kinds follow what large market places and postal carriers refuse alike; wildlife is that of the
CITES appendices (checklist.cites.org) as traders write it. Our own lists, made by hand: `SURE`
words have hardly another meaning in a title, `LIKELY` ones need a person's look. In a list a comma
ends a phrase; its words may stand in any order, one other word between them. A star is any ending.
Accents do not count. `UNLESS` names what such words also are: a picture, a toy, a colour, a case.
"""

from __future__ import annotations

from dataclasses import dataclass

# Things that only show, or go with, what they name.
_PICTURES = (
    "print prints printed poster posters painting art artwork sticker stickers decal mug shirt "
    "shirts tshirt tee hoodie sweater book books novel guide magazine postcard card cards notebook "
    "journal badge pin pins patch magnet keychain cushion pillow tapestry pattern motif "
    "embroidery stencil stamp mould mold cutter svg digital wallpaper fabric ornament sign "
    "plakat druck poster affiche livre libro kniga buch bild aufkleber pegatina autocollant "
    "tattoo costume cosplay halloween theater theatre stage game puzzle lego figurine plush toy "
    "toys plastic foam nerf spielzeug jouet juguete brinquedo игрушка игрушечный giocattolo"
)
_JEWELLERY = "pendant necklace earring earrings ring bracelet cufflinks brooch charm"


@dataclass(frozen=True)
class Kind:
    """One kind of goods: what it is in a sentence, its words, and what makes them innocent."""

    name: str
    what: str
    sure: str
    likely: str
    unless: str
    # Chinese is not written in words: found anywhere, after the innocent ones were taken out.
    joined: tuple[str, ...] = ()
    joined_unless: tuple[str, ...] = ()


KINDS = (
    Kind(
        "weapon",
        "a weapon or its ammunition",
        sure="ak 47, ak47, ar 15, ar15, glock, beretta pistol, sawn off shotgun, assault rifle, "
        "semi automatic rifle, sniper rifle, submachine gun, machine gun, brass knuckles, "
        "knuckle duster, switchblade, butterfly knife, balisong, stun gun, taser, gun silencer, "
        "pistol suppressor, ghost gun, live ammunition, 9mm ammo, maschinengewehr, schlagring, "
        "springmesser, fusil d assaut, puño americano, pistola glock, пулемет, кастет",
        likely="gun, guns, handgun, pistol, revolver, rifle, shotgun, firearm, airsoft, air rifle, "
        "ammunition, ammo, bullets, pepper spray, crossbow, pistole, gewehr, schusswaffe, "
        "munition, "
        "pistolet, fusil, arme a feu, pistola, escopeta, munición, arma de fogo, espingarda, "
        "fucile, пистолет, винтовка, патроны, bunduki, bastola, مسدس, بندقية",
        unless=f"{_PICTURES} {_JEWELLERY} water glue hot heat massage spray staple nail tufting "
        "caulk caulking grease sewing radar label price tagging foam paint soldering rivet blow "
        "gunmetal grey gray dog dogs holster oil rack cabinet safe cleaning strap sling "
        "journal train point arrow lipstick eau wasser klebe colle agua pegamento pneumatic "
        "bubble confetti cap photography pizza basil tea finger cocktail nozzle hose sprinkler "
        "wooden box crate tin empty shell casing mitrailleuse string rubber band cotton flower "
        "silicone percussion foot squirt pricing garden heißkleber silikon",
        joined=("手枪", "步枪", "枪支", "弹药", "冲锋枪", "气枪"),
        joined_unless=("玩具手枪", "玩具步枪", "玩具气枪", "手枪玩具", "打气枪", "吹气枪"),
    ),
    Kind(
        "explosive",
        "an explosive or fireworks",
        sure="hand grenade, frag grenade, live grenade, blasting cap*, detonator*, "
        "dynamite stick*, "
        "plastic explosive*, pipe bomb, gunpowder, black powder gun, tnt explosive, c4 explosive, "
        "sprengstoff, handgranate, dynamit, explosif*, dinamita, explosivo*, взрывчатка, тротил, "
        "динамит, граната боевая",
        likely="dynamite, firecracker*, fireworks, pyrotechnic*, böller, feuerwerk, pétard*, "
        "feux d artifice, petardo*, fuegos artificiales, fogos de artifício, фейерверк, петарды",
        unless=f"{_PICTURES} {_JEWELLERY} bath led lamp lights lighting photo photograph planter "
        "tea candle soap yarn flower seeds rose dahlia quilt replica inert lighter sauce spice "
        "green color colour nail vase glass",
        joined=("炸药", "雷管", "手榴弹", "爆竹", "烟花爆竹"),
        joined_unless=("玩具手榴弹", "手榴弹玩具"),
    ),
    Kind(
        "drug",
        "an illegal drug",
        sure="cocaine, heroin, methamphetamine, crystal meth, mdma, ecstasy pills, lsd, lsd tabs, "
        "magic mushrooms, psilocybin*, ketamine, fentanyl, marijuana, cannabis flowers, "
        "cannabis buds, weed buds, thc gummies, thc vape, hashish, opium resin, crack pipe rock, "
        "kokain, heroïn, marihuana, haschisch, cocaïne, cocaína, heroína pura, maconha, haxixe, "
        "кокаин, героин, марихуана, гашиш, мефедрон, амфетамин, bangi, كوكايين, هيروين, حشيش",
        likely="cannabis, khat leaves, kratom, ayahuasca, salvia divinorum, spice incense smoke, "
        "poppers, edibles thc, party drugs, opium",
        unless=f"{_PICTURES} {_JEWELLERY} hemp perfume fragrance parfum lamp vintage "
        "antique scent scented candle textile rope poppy poppies",
        joined=("海洛因", "可卡因", "冰毒", "大麻烟", "摇头丸", "鸦片"),
    ),
    Kind(
        "medicine",
        "a medicine that needs a prescription or a pharmacy",
        sure="viagra, cialis, sildenafil, tadalafil, xanax, alprazolam, diazepam, valium, "
        "tramadol, "
        "oxycodone, oxycontin, percocet, adderall, ritalin, codeine syrup, amoxicillin, "
        "ciprofloxacin, azithromycin, ozempic, semaglutide, mounjaro, tirzepatide, insulin pen*, "
        "insulin vial*, misoprostol, abortion pill*, anabolic steroid*, clenbuterol, "
        "botulinum toxin, botox vial*, ivermectin, ephedrine, виагра, трамадол, ксанакс",
        likely="antibiotic*, steroids, prescription pills, sleeping pills, antibiotika, "
        "antibiotique*, antibiótico*, антибиотик*, verschreibungspflichtig*, dawa ya kulevya",
        unless=f"{_PICTURES} organizer organiser pillbox case cooler pouch bag holder box travel "
        "free raised ohne sans sin senza sem без",
        joined=("伟哥", "处方药", "抗生素", "胰岛素"),
    ),
    Kind(
        "tobacco",
        "tobacco or nicotine",
        sure="cigarettes carton, marlboro cigarettes, nicotine pouch*, nicotine liquid, "
        "vape juice, "
        "disposable vape*, e cigarette*, shisha tobacco, hookah tobacco, chewing tobacco, "
        "rolling tobacco, loose tobacco, pipe tobacco, cuban cigar*, snus, zigarettenstange, "
        "tabac a rouler, tabaco de liar",
        likely="cigarette*, cigar*, tobacco, zigarette*, zigarre*, tabak, tabac, "
        "cigarrillo*, tabaco, puro habano, cigarro*, сигареты, сигары, табак, sigara, سجائر, تبغ",
        unless=f"{_PICTURES} {_JEWELLERY} case cases holder box boxes tin ashtray cutter lighter "
        "pouch humidor jar rack tray etui étui brown leaf leather vintage antique scent scented "
        "candle perfume fragrance parfum cologne soap wax vanilla colour color coloured oud flower "
        "guitar pants trousers chair girl cabinet label labels braun marron aroma incense "
        "shape shaped dose kiste boite caja",
        joined=("香烟", "雪茄烟", "电子烟", "烟丝"),
        joined_unless=("香烟盒", "电子烟盒"),
    ),
    Kind(
        "wildlife",
        "a part of a protected animal or plant (CITES)",
        sure="elephant ivory, elephant tusk*, raw ivory, ivory tusk*, rhino horn, rhinoceros horn, "
        "rhino horn powder, tiger bone, tiger skin, tiger claw*, tiger teeth, leopard pelt, "
        "snow leopard skin, pangolin scale*, pangolin, bear bile, bear gall, shark fin soup, "
        "dried shark fin*, hawksbill shell, sea turtle shell, genuine tortoiseshell, shahtoosh, "
        "gorilla hand, elephant leather, elephant skin, elephant hair, vicuna wild, totoaba, "
        "elfenbein stoßzahn, elefanten elfenbein, nashorn horn, tigerfell, bärengalle, "
        "ivoire elephant, corne rhinoceros, écailles pangolin, marfil elefante, "
        "cuerno rinoceronte, marfim elefante, presas elefante, слоновая кость, бивень слона, "
        "рог носорога, шкура тигра, pembe ndovu, pembe za ndovu, meno ya tembo, عاج الفيل",
        likely="genuine ivory, real ivory, carved ivory, ivory carving*, antique ivory, "
        "ivory netsuke, real tortoiseshell, real fur leopard, leopard skin, ocelot fur, "
        "crocodile skin, python skin, monkey skull, dried seahorse*, turtle shell, eagle feather*, "
        "owl feather*, polar bear skin, wolf pelt, peyote cactus, echtes elfenbein, "
        "véritable ivoire, "
        "marfil tallado, avorio vero",
        unless=f"{_PICTURES} faux fake imitation replica synthetic resin vegan vegetable tagua "
        "nut colour color coloured colored cream white off dress gown satin silk lace ribbon "
        "wool yarn velvet cotton linen wallpaper embossed effect look style ceramic porcelain "
        "plant care food wedding blanket rug polyester knit scarf candle soap haworthia "
        "farben imitat kunst aloe tomato begonia",
        joined=("象牙制品", "象牙雕", "犀牛角", "犀角", "虎骨", "虎皮", "穿山甲", "熊胆", "玳瑁"),
        joined_unless=(
            "仿象牙雕",
            "仿玳瑁",
            "虎皮兰",
            "虎皮鹦鹉饲料",
            "虎皮青椒",
            "玳瑁色",
            "玳瑁纹",
        ),
    ),
    Kind(
        "human_remains",
        "human remains",
        sure="real human skull, human bone*, human skeleton real, human remains, human organ*, "
        "human kidney, shrunken head real, kapala skull human, menschenschädel echt, "
        "menschenknochen, os humain*, crâne humain véritable, huesos humanos, ossos humanos, "
        "человеческие кости",
        likely="human skull, human skeleton, human teeth, human fetus, human blood, crâne humain, "
        "cráneo humano, menschenschädel, человеческий череп",
        unless=f"{_PICTURES} {_JEWELLERY} replica resin model plaster ceramic anatomical anatomy "
        "medical teaching candle crystal wood wooden metal 3d decor statue planter bead beads "
        "knitted crochet soap felt papier glass",
        joined=("人骨", "人头骨", "人体器官"),
        joined_unless=("人骨模型", "人头骨模型", "仿真人头骨", "人体器官模型"),
    ),
    Kind(
        "forged_document",
        "a forged document or counterfeit money",
        sure="fake passport*, fake id, fake ids, fake driver* licen*, fake diploma*, "
        "fake certificate*, fake vaccination card, counterfeit money, counterfeit banknote*, "
        "counterfeit bill*, counterfeit note*, forged document*, blank passport*, "
        "registered passport buy, undetectable banknote*, gefälscht* pass, gefälscht* ausweis, "
        "gefälscht* führerschein, falschgeld, faux passeport*, faux papiers, faux billets, "
        "fausse carte identité, pasaporte falso, documentos falsos, billetes falsos, "
        "dinheiro falso, passaporto falso, поддельный паспорт, поддельные документы, "
        "фальшивые деньги, pasipoti bandia",
        likely="novelty id card, replica passport, replica diploma, clone card*",
        unless=f"{_PICTURES} prop detector pen leather",
        joined=("假护照", "假证件", "假身份证", "假币", "假文凭"),
        joined_unless=("验假币", "假币识别"),
    ),
    Kind(
        "live_animal",
        "a live animal",
        sure="live puppy, live puppies, live kitten*, live parrot*, live tortoise*, live turtle*, "
        "live snake*, live monkey*, live chick*, live goat*, live lizard*, live gecko*, "
        "live tarantula*, live bird*, live rabbit*, live animal*, puppies for sale, "
        "kittens for sale, lebend* tier*, lebend* schildkröte*, welpen zu verkaufen, "
        "animaux vivants, animal vivant, tortue vivante, animales vivos, cachorros en venta, "
        "animais vivos, живые животные, щенки продажа, котята продажа, живая черепаха",
        likely="african grey parrot, capuchin monkey, baby monkey, baby tortoise, ball python, "
        "fennec fox, sugar glider",
        unless=f"{_PICTURES} {_JEWELLERY} feed food cage coop leash harness collar "
        "perch stand crochet knitted amigurumi felt wooden ceramic resin laugh love trap",
        joined=("活体宠物", "活体鸟", "活体龟", "活体蛇"),
    ),
)
# Two words side by side that together are another thing: a finish, a program, a film.
OTHER_THINGS = frozenset(
    {("gun", "metal"), ("adobe", "fireworks"), ("top", "gun"), ("love", "gun"), ("bullet", "train")}
)
# Words that turn what follows into its opposite: "without tobacco".
NEGATIONS = frozenset(
    {"no", "not", "without", "never", "non", "free", "ohne", "kein", "keine", "keinen"}
    | {"sans", "sin", "senza", "sem", "без", "нет", "hakuna"}
)
# "Tobacco-free", but not "tobacco, free delivery".
GIVEN = frozenset(
    {"shipping", "delivery", "postage", "gift", "sample", "samples", "returns"}
    | {"versand", "livraison"}
)
