"""What sellers of fakes call their goods, in the languages of the market.

SURE phrases were never seen on 18,173 titles of large shops (`bench/titles.py` prints the count of
each); IN_CONTEXT words are lawful by themselves (batteries, toys, theatre) and say something only
beside a protected name, or on a shelf where fakes are sold. Our own lists, made from what court
files and market reports quote. A comma ends a phrase; accents do not count; "1:1" is one word.
"""

from __future__ import annotations

SURE = {
    "en": "mirror quality, mirror copy, mirror grade, 1:1 aaa, aaa 1:1, 1:1 quality, 1:1 copy, "
    "1:1 replica, 1:1 mirror, aaa quality, aaa grade, aaaa quality, aaa replica, aaa copy, "
    "5a quality, 7a quality, 7a grade, 10a quality, super copy, first copy, 1st copy, master copy, "
    "high copy, top copy, a copy quality, superfake, super fake, super clone, superclone, "
    "replica bag, replica bags, replica watch, replica watches, replica shoes, replica sneakers, "
    "replica handbag, replica handbags, swiss replica, best replica, top replica, perfect replica, "
    "high quality replica, grade replica, rep sneakers, unauthorized authentic, "
    "unauthorised authentic, ua quality, original factory quality, same factory as original, "
    "factory leak, factory original no logo, same as original quality, quality same as original, "
    "logo on request, logo added on request, real picture on whatsapp, real photos on whatsapp, "
    "logo covered, logo hidden, brand hidden, you know the brand, hidden link, hidden links, "
    "hidden listing, passes legit check, passes authentication, undetectable copy, best fake, "
    "top quality fake, knockoff, knock off, counterfeit quality",
    "de": "spiegelqualität, 1:1 kopie, 1:1 replika, 1:1 fälschung, super kopie, perfekte kopie, "
    "top fälschung, markenkopie, spitzenkopie, wie das original kopie",
    "fr": "qualité miroir, copie 1:1, réplique 1:1, copie parfaite, réplique parfaite, "
    "super copie, fausse marque, qualité aaa, contrefaçon de qualité",
    "es": "calidad espejo, calidad aaa, copia 1:1, réplica 1:1, réplica exacta, réplica perfecta, "
    "réplica aaa, triple aaa, copia perfecta, calco original, super copia, clon 1:1, "
    "imitación perfecta",
    "it": "qualità specchio, copia perfetta, replica perfetta, replica 1:1, copia 1:1, "
    "super copia, falso d autore, imitazione perfetta",
    "pt": "qualidade espelho, réplica perfeita, réplica 1:1, réplica aaa, cópia perfeita, "
    "cópia 1:1, réplica de primeira linha, réplica premium, primeira linha premium",
    "ru": "копия люкс, люкс копия, люкс реплика, реплика люкс, копия 1:1, реплика 1:1, "
    "качество 1:1, зеркальное качество, зеркальная копия, топ копия, премиум копия, "
    "качественная подделка, копия премиум, копия премиум класса",
    "ar": "هاي كوبي, كوبي ون, ماستر كوبي, ميرور كوبي, نسخة طبق الاصل, جودة ميرور, درجة اولى كوبي",
    "hi": "फर्स्ट कॉपी, मास्टर कॉपी, पहली कॉपी, मिरर क्वालिटी",
    "tr": "birebir kopya, birebir replika, a kalite replika, 1:1 replika, süper kopya, "
    "çakma marka, ithal replika, ayna kalite, a plus replika",
    "sw": "kopi ya kwanza, kopi kali, feki kali, nakala ya kwanza",
    "id": "kw super, kw premium, kw 1, super kw, barang kw, kualitas mirror, kualitas kw, "
    "mirror quality, grade ori, tiruan super, replika premium, kw ori",
}
# Chinese is not written in words: found anywhere.
JOINED = (
    *("高仿", "精仿", "超仿", "顶级复刻", "1:1复刻", "一比一", "莆田", "A货", "超A", "原单正品"),
    *("外贸原单", "顶级原单", "微信下单", "加微信", "加V信", "仿品", "原版复刻", "專櫃同款復刻"),
    *("复刻版", "復刻鞋", "高倣", "高品质复刻"),
)
IN_CONTEXT = {
    "en": "replica, replicas, aaa, aaaa, 1:1, inspired, imitation, dupe, dupes, clone, mirror, "
    "fake, fakes, faux designer, look alike, lookalike, no logo, without logo, blank logo, "
    "original factory, factory original, oem original, same as original, like original, "
    "as original, copy of, copy watch, copy bag, copy shoes, reps, rep, ua, passing, "
    "unbranded original, order link, private link, designer inspired, top grade",
    "de": "replika, kopie, imitat, imitation, nachahmung, ohne logo, wie original",
    "fr": "réplique, imitation, copie de, sans logo, comme original, inspiré de",
    "es": "réplica, imitación, clon, copia de, sin logo, igual al original, tipo original, "
    "inspirado en",
    "it": "imitazione, copia di, senza logo, come originale, ispirato a",
    "pt": "réplica, imitação, primeira linha, cópia de, sem logo, igual ao original",
    "ru": "реплика, копия, люкс качество, как оригинал, без логотипа, подделка",
    "ar": "تقليد, كوبي, نسخة, مثل الاصلي, بدون شعار",
    "hi": "कॉपी, डुप्लीकेट, नकल, duplicate, असली जैसा",
    "tr": "replika, kopya, muadil, çakma, logosuz, orijinal gibi",
    "sw": "kopi, feki, bandia, nakala, kama original",
    "id": "kw, tiruan, replika, mirip asli, mirip original, tanpa logo, imitasi",
}
# Where to go on talking, out of the market's sight.
ELSEWHERE = (
    "whatsapp, watsapp, whats app, wechat, weixin, we chat, telegram, yupoo, viber, kakaotalk, "
    "line id, qq group, вотсап, ватсап, телеграм, واتساب, واتس اب, व्हाट्सएप, 微信, 威信, 薇信, 私聊"
)
ASKING = (
    "order, contact, add, message, msg, chat, dm, inquiry, text, album, catalog, catalogue, link, "
    "kontakt, bestellen, commander, contacter, contacto, pedido, pedidos, ordina, contato, заказ, "
    "пишите, пиши, للطلب, تواصل, sipariş, iletişim, wasiliana, agiza, pesan, hubungi, संपर्क, id"
)
# Another meaning of the words above when one of these stands in the same text.
UNLESS = {
    "aaa": "battery batteries alkaline nimh nicd cell cells rechargeable lithium batterie "
    "batterien piles pile pilas pila baterias baterai akku akkus battere lr03 mah volt charger "
    "flashlight torch headlamp remote mouse keyboard energizer duracell panasonic eneloop titles "
    "headset game games 3ds beauty",
    "aaaa": "battery batteries alkaline cell stylus pen",
    "replica": "toy toys model models diecast prop props cosplay airsoft soccer football jersey "
    "jerseys helmet ship aircraft museum helmets scale sword wall statue trophy coin scarf shirt",
    "replika": "modell modelle spielzeug maket oyuncak",
    "replique": "jouet maquette airsoft",
    "mirror": "wall bathroom makeup vanity car rear bike telescope lens shower glass cosmetic "
    "digital side door travel compact frame dslr finish screen polished",
    "copy": "paper printer software license license cd dvd book machine",
    "kopie": "papier drucker",
    "clone": "disk drive hard software ssd",
    "rep": "weight gym fitness counter sales",
    "fake": "eyelashes lashes nails flowers plants plant grass blood snow fur leather tattoo "
    "tattoos camera cameras security tan nose teeth beard",
    "imitation": "pearl pearls leather fur crab stone jewellery jewelry game wood leder perlen",
    "inspired": "nature vintage art japanese nordic scandinavian boho moroccan retro",
    "ua": "ukraine hu hf performance",
    "passing": "football soccer ball net",
    "1:1": "scale model figure aspect ratio pattern modell diecast mix",
}
NEGATIONS = (
    "no not never without kein keine nicht ohne pas sans ni sin non senza nao não sem не без нет "
    "ليس غير hapana si bukan değil degil beware against anti vs avoid 非 不是 100"
)
# Shelves where fakes are sold: a word of a category's name, folded.
SHELVES = (
    "shoe shoes sneaker sneakers fashion clothing clothes apparel bag bags handbag handbags watch "
    "watches jewelry jewellery perfume fragrance cosmetics beauty sunglasses eyewear accessories "
    "phone phones headphones electronics sportswear wallets belts scarves schuhe mode taschen "
    "uhren chaussures sacs montres parfum zapatos moda bolsos relojes scarpe borse orologi sapatos "
    "bolsas обувь одежда сумки часы 鞋 包 手表 服装 ayakkabı giyim çanta saat viatu nguo mikoba "
    "sepatu tas jam"
)
