"""A form that lacks something, or says something wrong, comes back with all that was written."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from bs4 import BeautifulSoup

from tests.live import prefilled
from tests.marketplace.forms_of_notices import CERTIFICATE, a_draft, of_notice
from tests.marketplace.forms_that_count import CASES

pytestmark = pytest.mark.django_db
STORY = "Twenty letters and more that somebody took the time to write."
# What is sent wrong or left out, beside what shall not be lost.
WRONG: dict[str, Mapping[str, object]] = {
    "notices:new_right": {
        "name": "Nordvik",
        "words": STORY,
        "number": "",
        "territory": "NO, ATLANTIS",
    },
    "notices:add_wording": {"text": "long" * 30},
    "notices:agents": {"email": "nobody"},
    "notices:new": {"reason": STORY, "right": "0"},
    "notices:notice": {"reason": STORY, "right": "0"},
    "notices:answer": {"text": "Too short"},
    "notices:counter": {"text": "No.", "do": "reply"},
    "admin:notices_refuse": {"note": "No."},
    "admin:notices_strike": {"facts": "Bad."},
    "reports:report": {"text": STORY, "reason": ""},
    "inspections:mine": {"question": "Real?"},
    "inspections:order": {"question": STORY, "case_id": "nought"},
    "inspections:hand_over": {"seal_number": "", "words": STORY},
    "inspections:conclude": {"words": STORY, "photos": CERTIFICATE},
}
EMPTY = {"", "0"}


@pytest.mark.parametrize("name", WRONG)
def test_a_refused_form_keeps_its_words(name):
    wanted, wrong = CASES[name](), WRONG[name]
    action, data = wanted.ready()
    answer = wanted.client.post(action, {**data, **wrong})
    assert answer.status_code == 422
    forms = BeautifulSoup(answer.content, "html.parser").find_all("form", method="post")
    shown = {key: text for form in forms for key, text in prefilled(form).items()}
    written = {key: text for key, text in wrong.items() if isinstance(text, str) and key != "do"}
    assert {key: shown[key] for key in written if written[key] not in EMPTY} == {
        key: text for key, text in written.items() if text not in EMPTY
    }


def test_what_is_missing_is_asked_for_in_order_and_the_rest_stays():
    wanted = of_notice("notices:notice", a_draft())
    action, data = wanted.ready()
    less = {**data, "reason": "Short.", "sworn_name": "", "do": "send"}
    page = BeautifulSoup(wanted.client.post(action, less, follow=True).content, "html.parser")
    asked = [link.get_text() for link in page.select("#missing ~ ol a")]
    assert asked == ["Why they breach it", "Your full name, in place of a signature"]
    assert page.find("textarea", attrs={"name": "reason"}).get_text().strip() == "Short."
