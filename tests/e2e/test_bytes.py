"""What the home page costs a phone with a prepaid card."""

from __future__ import annotations

from urllib.parse import urlsplit

# Page, style and script as they travel, before the first photo (issue 3; 60 KB are about 1.2 s
# on a 400 kbit/s line).
BUDGET_BYTES = 60_000
COUNTED = {"document", "stylesheet", "script", "font", "fetch", "xhr"}


def test_the_home_page_travels_light(opened):
    page = opened(None).new_page()
    requests = []
    page.on("requestfinished", lambda request: requests.append(request))  # noqa: PLW0108
    page.goto("/", wait_until="networkidle")
    cost = {}
    for request in requests:
        if request.resource_type in COUNTED:
            sizes = request.sizes()
            cost[urlsplit(request.url).path] = (
                sizes["responseBodySize"] + sizes["responseHeadersSize"]
            )
    print("home page at 390 px:", sum(cost.values()), "bytes", cost)
    assert sum(cost.values()) <= BUDGET_BYTES, cost
    assert len(cost) >= 3
