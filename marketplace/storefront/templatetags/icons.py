"""The line icons: what is drawn on a field of 24 by 24."""

from __future__ import annotations

# Of whatever has no drawing of its own.
ARROW = "M5 12h14M13 6l6 6-6 6"
_DRAWINGS: dict[tuple[str, ...], str] = {
    ("home", "storefront:search"): "M4 11 12 4l8 7v9h-5v-6H9v6H4z",
    (
        "parcel",
        "orders:mine",
        "orders:desk",
    ): "M4 8l8-4 8 4v8l-8 4-8-4zM4 8l8 4 8-4M12 12v8M8 6l8 4",
    ("shop", "shops:desk", "shops:apply"): (
        "M5 10v10h14V10M4 10l1.5-6h13L20 10M4 10"
        "a2.7 2.7 0 0 0 5.3 0 2.7 2.7 0 0 0 5.4 0 2.7 2.7 0 0 0 5.3 0M10 20v-5h4v5"
    ),
    ("gauge", "scoring:score", "scoring:mine"): "M4 18a9 9 0 1 1 16 0M12 15l4-5M12 15v.01",
    (
        "person",
        "shops:members",
        "shops:invitations",
    ): "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8M5 20a7 7 0 0 1 14 0",
    ("cart", "orders:cart"): "M3 4h2l2.4 11h10.2L20 7H6M9 20v.01M16 20v.01",
    ("inbox", "inbox:list"): "M4 6h16v12H4zM4 7l8 6 8-6",
    ("talk", "talk:mine", "talk:desk", "talk:received"): "M4 5h16v11h-9l-5 4v-4H4zM8 10.500h8",
    ("search",): "M11 17a6 6 0 1 0 0-12 6 6 0 0 0 0 12M15.5 15.5 20 20",
    (
        "shield",
        "trust:standing",
    ): "M12 3l7 3v5c0 5-3 8-7 10-4-2-7-5-7-10V6zM9 11.5l2.2 2.2L15.5 9.5",
    (
        "scales",
        "cases:mine",
        "inspections:mine",
        "admin:index",
    ): "M12 4v16M7 20h10M5 7h14M5 7l-2.5 6h5zM19 7l-2.5 6h5z",
    ("photo",): "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15.5 9v.01",
    (
        "money",
        "orders:money",
    ): "M4 7.5A2.5 2.5 0 0 1 6.5 5H17v3M4 7.500V17a3 3 0 0 0 3 3h13V8H6.500M16 14v.01",
    ("tag", "listings:mine"): "M4 4h8l8 8-8 8-8-8zM8.5 8.500v.01",
    ("plus", "listings:new"): "M12 5v14M5 12h14",
    ("heart", "storefront:wishes"): (
        "M12 20C5 15.500 3.500 11.500 4.500 8.300A4.300 4.300 0 0 1 12 7.200"
        "a4.300 4.300 0 0 1 7.500 1.100C20.500 11.500 19 15.500 12 20z"
    ),
    ("bell", "storefront:searches"): (
        "M6 17V11a6 6 0 0 1 12 0v6l1.500 1.500h-15zM10 20.500a2 2 0 0 0 4 0"
    ),
    ("star",): "M12 4l2.500 5.200 5.500.800-4 4 1 5.700-5-2.700-5 2.700 1-5.700-4-4 5.500-.800z",
    ("filter",): "M4 7h9M17 7h3M4 17h3M11 17h9M15 9.500v-5M9 19.500v-5",
    ("share",): (
        "M8 12l8-5M8 12l8 5M6 14a2 2 0 1 0 0-4 2 2 0 0 0 0 4"
        "M18 8a2 2 0 1 0 0-4 2 2 0 0 0 0 4M18 20a2 2 0 1 0 0-4 2 2 0 0 0 0 4"
    ),
    ("clock",): "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18M12 7v5l3.5 2",
    ("tick",): "M5 12.5 10 17.5 19 7",
    ("pin",): "M12 21c4-5 6-8 6-11a6 6 0 1 0-12 0c0 3 2 6 6 11M12 10v.01",
    ("key", "accounts:identity"): "M8 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8M12 12h9v4M17 12v3",
    ("hand",): (
        "M7 12V7a1.5 1.5 0 0 1 3 0V5a1.5 1.5 0 0 1 3 0v1a1.5 1.5 0 0 1 3 0v2"
        "a1.5 1.5 0 0 1 3 0v6a7 7 0 0 1-12 4l-3-4a1.6 1.6 0 0 1 3-2z"
    ),
}
# By its own name and by the name of each page it stands for.
PATHS = {name: path for names, path in _DRAWINGS.items() for name in names}
