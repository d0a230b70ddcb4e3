"""The frame of every page: what is vendored, what the strict policy forbids, forms, tags."""

import gzip
import hashlib
import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from django import forms
from django.conf import settings
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import override_settings
from django.utils import translation

STATIC = Path(settings.BASE_DIR) / "static"
TEMPLATES = Path(settings.BASE_DIR) / "templates"
# Source: the npm package htmx.org 2.0.11, dist/htmx.min.js
HTMX_SHA256 = "d6fdc75f204e6bdefa99b69bf1e6d4ac69b8a364f77929f45c13476b4000f717"


def test_the_vendored_script_is_the_published_one():
    script = STATIC / "vendor" / "htmx-2.0.11.min.js"

    assert hashlib.sha256(script.read_bytes()).hexdigest() == HTMX_SHA256
    assert "Zero-Clause BSD" in (STATIC / "vendor" / "htmx-LICENSE.txt").read_text()


def test_style_and_script_stay_light():
    size = {one.stem: len(gzip.compress(one.read_bytes())) for one in STATIC.glob("css/*.css")}
    # A page has the tokens, the base and at most one room's own; staff's pages are not here.
    rooms = {name: spent for name, spent in size.items() if name not in ("tokens", "base", "admin")}
    css = size["tokens"] + size["base"] + max(rooms.values(), default=0)
    js = sum(len(gzip.compress(one.read_bytes())) for one in STATIC.glob("vendor/*.js"))

    assert css <= 10_000
    assert js <= 25_000


@pytest.mark.parametrize(
    "template", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: str(path.relative_to(TEMPLATES))
)
def test_no_template_holds_what_the_strict_policy_forbids(template):
    text = template.read_text()

    assert not re.search(r"<style\b|\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|javascript:|hx-on", text)
    # A block of data (JSON-LD) is never run; structured.block escapes what could end it.
    assert not re.search(r"<script\b(?![^>]*\bsrc=)(?! type=.application/ld.json.>)", text)


def _relative_luminance(colour):
    # Source: WCAG 2.2, definition of relative luminance.
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one, other):
    light, dark = sorted((_relative_luminance(one), _relative_luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_pair_of_colours_can_be_read(scheme):
    light, dark = (STATIC / "css" / "tokens.css").read_text().split("@media")
    tokens = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", light if scheme == "light" else dark))
    grounds = ("paper", "surface", "sunk", "wash")
    words = ("ink", "soft", "brand", "brand-deep", "clay", "good", "bad")
    pairs = [(word, ground) for word in words for ground in grounds]
    pairs += [(tone, f"{tone}-wash") for tone in ("good", "warn", "bad")]
    pairs += [("on-brand", "brand"), ("on-brand", "brand-deep"), ("on-sun", "sun")]
    pairs += [("on-head", "head"), ("head-soft", "head"), ("sun", "head")]

    assert all(_contrast(tokens[one], tokens[other]) >= 4.5 for one, other in pairs)
    # Borders of controls: WCAG 2.2, 1.4.11.
    assert all(_contrast(tokens["edge"], tokens[ground]) >= 3 for ground in grounds)


class Address(forms.Form):
    town = forms.CharField(label="Town", help_text="As on a letter")
    fast = forms.BooleanField(label="Fast", required=False)
    size = forms.ChoiceField(label="Size", choices=[("s", "S")], widget=forms.RadioSelect)


def test_a_form_ties_errors_and_help_to_its_fields():
    soup = BeautifulSoup(
        render_to_string("components/form.html", {"form": Address({})}), "html.parser"
    )

    described = soup.select_one("input[name=town]")["aria-describedby"].split()
    assert [soup.find(id=one).get_text(strip=True) for one in described] == [
        "As on a letter",
        "This field is required.",
    ]
    assert soup.select_one("input[name=town]")["aria-invalid"] == "true"
    summary = soup.select_one(".error-summary")
    for link in summary.select("a"):
        assert soup.find(id=link["href"][1:])
    assert "Town" in summary.get_text()


def test_an_untouched_form_has_no_error_summary():
    assert "error-summary" not in render_to_string("components/form.html", {"form": Address()})


@pytest.mark.parametrize("page", ["400.html", "403.html", "404.html", "500.html"])
def test_error_pages_need_neither_request_nor_database(page):
    soup = BeautifulSoup(render_to_string(page), "html.parser")

    assert soup.h1
    assert soup.select_one("main a.button")["href"] == "/"


def _show(text, **context):
    return Template(text).render(Context(context))


def test_money_is_written_in_the_readers_way_and_keeps_its_order():
    assert _show("{{ v|money:'EUR' }}", v=3100) == "<bdi>€31.00</bdi>"
    assert _show("{{ v|money:'JPY' }}", v=3100) == "<bdi>¥3,100</bdi>"
    assert _show("{{ v|money:'EUR' }}", v=None) == ""
    with translation.override("de"):
        assert _show("{{ v|money:'EUR' }}", v=3100) == "<bdi>31,00\N{NO-BREAK SPACE}€</bdi>"


def test_countries_are_named_in_the_readers_language():
    assert _show("{{ 'RW'|country }}") == "Rwanda"
    assert _show("{{ 'XX'|country }}") == "XX"
    with translation.override("fr"):
        assert _show("{{ 'DE'|country }}") == "Allemagne"


@pytest.mark.django_db
def test_every_page_has_the_frame(client):
    response = client.get("/")
    soup = BeautifulSoup(response.content, "html.parser")

    assert soup.html["lang"] == "en"
    assert soup.html["dir"] == "ltr"
    assert soup.select_one("a.skip-link")["href"] == "#main"
    assert len(soup.select("nav.site-nav a")) == 5
    assert "unsafe" not in response["Content-Security-Policy"]
    assert soup.select_one("link[rel=icon]")


@pytest.mark.django_db
@override_settings(LANGUAGES=[("en", "English"), ("ar", "Arabic")])
def test_a_right_to_left_language_turns_the_page(client):
    soup = BeautifulSoup(client.get("/", headers={"accept-language": "ar"}).content, "html.parser")

    assert (soup.html["lang"], soup.html["dir"]) == ("ar", "rtl")
