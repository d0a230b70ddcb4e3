"""The checks see what they are there for: a page is spoiled on its way, and each speaks up."""

from __future__ import annotations

import pytest

from tests.e2e import checks
from tests.e2e.stops import HOMES
from tests.e2e.tour import Tour

SPOILED = {
    "an inline style": ('<p style="color: red">Words</p>', "content security policy"),
    "an inline script": ("<script>let a = 1;</script>", "content security policy"),
    "a message on the console": ('<img alt="" src="/static/no.png">', "console error"),
    "a missing file": ('<img alt="" src="/static/no.png">', "404: "),
    "a field without a label": ('<input type="text">', "axe, light: label"),
    "a picture without words": ('<img src="/static/no.png">', "axe, light: image-alt"),
    "pale words": ('<font color="#fafafa">Hardly seen</font>', "axe, light: color-contrast"),
    "black words in the dark": ('<font color="#222222">Dark</font>', "axe, dark: color-contrast"),
    "something too wide": ('<table width="900"><tr><td>W</td></tr></table>', "scrolls sideways"),
    "a link to nowhere": ('<a href="/nowhere/">Nowhere</a>', "which is nowhere"),
}


@pytest.fixture
def faults_of(opened):
    """Return what a tour says about the home page with something put into it."""

    def look(page, label):
        return [*checks.too_wide(page), *checks.axe(page)]

    def walk(spoil: str) -> str:
        context = opened(None)

        def serve(route):
            answer = route.fetch()
            body = answer.text().replace("</main>", f"{spoil}</main>")
            route.fulfill(response=answer, body=body)

        context.route(lambda url: url.endswith("/"), serve)
        return Tour(context, HOMES[:1], look, follow=False).run().report()

    return walk


def test_a_page_as_it_is_gets_no_word(faults_of):
    assert faults_of("") == ""


@pytest.mark.parametrize("what", SPOILED)
def test_a_spoiled_page_is_seen(faults_of, what):
    spoil, complaint = SPOILED[what]
    assert complaint in faults_of(spoil)
