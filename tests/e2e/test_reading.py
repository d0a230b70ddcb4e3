"""Keyboards, calm eyes and right-to-left readers: the main pages serve them all."""

from __future__ import annotations

import pytest

from ewtp.demo import world
from tests.e2e import checks
from tests.e2e.tour import Width

BUYER, SELLER = world.BUYERS[0].mail, world.SHOPS[0].owner.mail
MAIN_PAGES = [
    (None, "/"),
    (None, "/search"),
    (None, "/l/1/"),
    (None, "/account/signup/"),
    (BUYER, "/me/"),
    (BUYER, "/cart/"),
    (BUYER, "/orders/"),
    (SELLER, "/shops/"),
    (SELLER, "/sell/"),
    (SELLER, "/sell/new/"),
    (SELLER, "/desk/money/"),
    (SELLER, "/credit/"),
    (world.STAFF.mail, "/admin/"),
    (world.STAFF.mail, "/admin/cases/case/"),
]
TABS_AT_MOST = 80
# A ring may be drawn by the link itself, by what is laid over it, or by the card that it fills.
# The page scrolls to a stop when it is next drawn, not in the key's own event: half a second of
# frames is given for that.
FOCUSED = """
async () => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const inside = () => {
    const box = one.getBoundingClientRect();
    return box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  };
  for (let frame = 0; frame < 30 && !inside(); frame += 1) {
    await new Promise((drawn) => requestAnimationFrame(drawn));
  }
  const ringed = (style) => style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
  const styles = [getComputedStyle(one)];
  for (const part of ['::before', '::after']) {
    const style = getComputedStyle(one, part);
    if (style.content !== 'none') styles.push(style);
  }
  for (let up = one.parentElement, i = 0; up && i < 4; up = up.parentElement, i += 1) {
    if (up.matches(':focus-within')) styles.push(getComputedStyle(up));
  }
  return {
    what: `${one.tagName} ${one.id || one.name || one.textContent.trim().slice(0, 30)}`,
    seen: styles.some(ringed),
    inside: inside(),
    target: one.getAttribute('href'),
    key: [...document.querySelectorAll('*')].indexOf(one),
  };
}
"""
MOVING = """
() => [...document.querySelectorAll('*')].filter((one) => {
  const style = getComputedStyle(one);
  const longest = (times) => Math.max(...times.split(',').map(parseFloat));
  return longest(style.transitionDuration) > 0.011 ||
    (style.animationName !== 'none' && longest(style.animationDuration) > 0.011) ||
    style.scrollBehavior === 'smooth';
}).slice(0, 3).map((one) => `${one.tagName} ${one.className}`)
"""


@pytest.mark.parametrize(("mail", "address"), MAIN_PAGES)
def test_the_keyboard_comes_everywhere_and_shows_where_it_is(opened, mail, address):
    page = opened(mail, Width.DESK).new_page()
    page.goto(address, wait_until="networkidle")
    page.keyboard.press("Tab")
    first = page.evaluate(FOCUSED)
    # Skip links: ours to #main, the admin's own to #content-start.
    assert first["target"] in {"#main", "#content-start"}, f"the first stop is {first['what']}"
    unseen, visited = [], set()
    for _ in range(TABS_AT_MOST):
        at = page.evaluate(FOCUSED)
        if at is None or at["key"] in visited:
            break
        visited.add(at["key"])
        if not (at["seen"] and at["inside"]):
            unseen.append(f"{at['what']}: {'no ring' if at['inside'] else 'out of sight'}")
        page.keyboard.press("Tab")
    assert unseen == []
    assert len(visited) > 5


def test_the_skip_link_leads_into_the_page(opened):
    page = opened(None, Width.DESK).new_page()
    page.goto("/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


@pytest.mark.parametrize(("mail", "address"), MAIN_PAGES)
def test_nothing_moves_for_those_who_asked_for_calm(opened, mail, address):
    page = opened(mail).new_page()  # every window here asks for reduced motion
    page.goto(address)
    assert page.evaluate(MOVING) == []


@pytest.mark.parametrize(("mail", "address"), MAIN_PAGES)
def test_it_fits_right_to_left_and_at_four_times_the_size(opened, mail, address):
    page = opened(mail, is_mobile=False).new_page()
    page.goto(address)
    # 320 px is what a 1280 px screen leaves at 400 % zoom (WCAG 2.2, 1.4.10 Reflow).
    for width in (320, *(one.value for one in Width)):
        page.set_viewport_size({"width": width, "height": 800})
        for direction in ("ltr", "rtl"):
            page.evaluate("(to) => { document.documentElement.dir = to; }", direction)
            assert checks.too_wide(page) == [], f"{direction} at {width} px"
