"""What sellers of several languages write above their columns. Plain words, no Django."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

_WORDS: Mapping[str, str] = {
    "sku": "sku|number|article number|item number|product code|code|reference|ref|id|item no"
    "|variant sku|your number|artikelnummer|numero|referencia|codigo|referencia sku|cod"
    "|numero d article|reference article"
    "|货号|商品编号|编号|编码|رمز المنتج|الرقم|رمز|nambari|msimbo",
    "goods": "goods|goods number|listing|listing reference|handle|parent|parent sku|group"
    "|product id|produit|producto padre|grupo|groupe|款号|商品组|父sku|المجموعة|kundi",
    "title": "title|name|product|product name|item|item name|what is it|titulo|nombre|nombre del"
    " producto|titre|nom|nom du produit|nome|bezeichnung|titel|标题|名称|产品名称|商品名称|品名"
    "|العنوان|الاسم|اسم المنتج|jina|jina la bidhaa|शीर्षक|नाम",
    "shelf": "shelf|category|type|product category|department|categoria|estante|categorie|rayon"
    "|kategorie|类别|分类|类目|الفئة|التصنيف|القسم|aina|kategoria|श्रेणी",
    "description": "description|text|details|body|body html|product description|descripcion"
    "|detalles|descricao|beschreibung|描述|说明|商品描述|详情|الوصف|maelezo|विवरण",
    "choice": "choice|variant|variation|option|option1 value|size|colour|color|size colour or"
    " other choice|opcion|variante|talla|taille|tamanho|规格|款式|颜色|尺寸|الخيار|المقاس|chaguo"
    "|ukubwa|विकल्प",
    "price": "price|unit price|variant price|amount|cost|precio|prix|preco|preis|价格|单价|售价"
    "|السعر|الثمن|bei|मूल्य|कीमत",
    "stock": "stock|quantity|qty|pieces|pieces in stock|on hand|inventory|variant inventory qty"
    "|existencias|cantidad|inventario|quantite|en stock|estoque|quantidade|bestand|库存|数量"
    "|المخزون|الكمية|hisa|idadi|स्टॉक|मात्रा",
    "seen": "stock when exported|seen",
    "least": "smallest order|minimum order|moq|min qty|least|smallest order in pieces"
    "|pedido minimo|commande minimum|起订量|最小起订量|الحد الأدنى للطلب|oda ndogo",
    "low_stock": "low stock|warn at|low stock at|warn me when so few are left|alerta de stock"
    "|库存预警|تنبيه المخزون",
    "photos": "photos|photo|image|images|picture|pictures|image src|fotos|foto|imagenes|imagen"
    "|图片|照片|主图|الصور|صورة|picha|चित्र",
    **{
        f"from_{n}": f"from {n}|from pieces {n}|from so many pieces {n}|tier {n} quantity"
        f"|desde {n}|a partir de {n}|阶梯数量 {n}"
        for n in (1, 2, 3)
    },
    **{
        f"each_{n}": f"each {n}|price each {n}|tier {n} price|cada uno {n}|prix unitaire {n}"
        f"|阶梯价 {n}"
        for n in (1, 2, 3)
    },
}


def header_key(text: str) -> str:
    """Return a header as it is compared: without case, accents, marks and brackets.

    >>> header_key("Précio (EUR) *"), header_key("on_hand")
    ('precio', 'on hand')
    """
    bare = re.sub(r"[(\[（].*?[)\]）]", " ", text)
    spread = unicodedata.normalize("NFKD", bare.casefold())
    letters = "".join(mark for mark in spread if not unicodedata.combining(mark))
    return re.sub(r"[\W_]+", " ", letters).strip()


HEADER_WORDS: Mapping[str, str] = {
    header_key(word): field for field, words in _WORDS.items() for word in words.split("|")
}
