"""Every word that a person reads on a page can be translated. Each finding names file and line."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("ewtp", "marketplace", "credit", "antifake")
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
# The product's name is the same in every language.
NAMES = {"EWTP", "WhatsApp"}
# What a person reads stands between the tags and in these attributes.
READ_ATTRIBUTES = "alt|aria-label|placeholder|title"
SOURCES = sorted(
    path
    for package in PACKAGES
    for path in (ROOT / package).rglob("*.py")
    if "migrations" not in path.parts
)
SHOWN_KEYWORDS = {"label", "empty_label", "description"}
# Errors that carry a sentence for the user, and calls that put one on a page.
SPEAKING = re.compile(
    r"^(BadInput|WrongState|NotAllowed|SoldOut|PaymentRefused|InsufficientFunds|KeyReused"
    r"|(forms\.)?ValidationError|messages\.(success|info|warning|error))$"
)

# A block inside an attribute holds class names, not words.
CLASSES = re.compile(r"{%\s*block body_class\s*%}.*?{%\s*endblock\s*%}", re.S)
TRANSLATED = re.compile(r"{%\s*blocktranslate\b.*?{%\s*endblocktranslate\s*%}", re.S)
TEMPLATE_SYNTAX = re.compile(r"{#.*?#}|{%.*?%}|{{.*?}}", re.S)
# Code is the same in every language.
NOT_READ = re.compile(
    r"<!--.*?-->|<!doctype[^>]*>|<(script|style|svg|pre|code)\b.*?</\1\s*>", re.S | re.I
)
TAG = re.compile(r"<[^>]*>", re.S)
ATTRIBUTE = re.compile(rf"""\s(?:{READ_ATTRIBUTES})=("[^"]*"|'[^']*')""")
WORD = re.compile(r"[^\W\d_]{2,}")


def blank(text: str, pattern: re.Pattern[str]) -> str:
    """Return the text without what matches, every line where it was."""
    return pattern.sub(lambda match: " " + "\n" * match[0].count("\n") + " ", text)


def literal_words(template: str) -> list[tuple[int, str]]:
    """Return (line, word) for each word that a page shows and no translation can reach."""
    for pattern in (CLASSES, TRANSLATED, TEMPLATE_SYNTAX, NOT_READ):
        template = blank(template, pattern)
    read = [(match.start(1), match[1]) for match in ATTRIBUTE.finditer(template)]
    read.append((0, blank(template, TAG)))
    return sorted(
        (template.count("\n", 0, start) + text.count("\n", 0, word.start()) + 1, word[0])
        for start, text in read
        for word in WORD.finditer(text)
        if word[0] not in NAMES
    )


def test_templates_hold_no_word_that_cannot_be_translated():
    found = [
        f"{path.relative_to(ROOT)}:{line}: {word}"
        for path in TEMPLATES
        for line, word in literal_words(path.read_text())
    ]
    assert found == []


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("<p>Hello</p>", [(1, "Hello")]),
        ('{% translate "Hello" %}\n<p>{{ name }} bought</p>', [(2, "bought")]),
        ('<img alt="A basket" src="/a.webp">', [(1, "basket")]),
        ("{% blocktranslate %}Hello\nyou{% endblocktranslate %}\n<b>x</b> now", [(3, "now")]),
        ("{% if state == 'live' %}·{% endif %} <bdi>EWTP</bdi> – 1 ×", []),
        ('<button class="button" name="post">{% translate "Go" %}</button>', []),
    ],
)
def test_the_search_sees_words_in_templates(template, words):
    assert literal_words(template) == words


def is_bare(node: ast.expr) -> bool:
    """Whether the expression is words as they stand: a string, or one with values put in."""
    if isinstance(node, ast.JoinedStr):
        return any(is_bare(part) for part in node.values)
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and WORD.search(node.value) is not None
    )


def bare_texts(source: str) -> list[int]:
    """Return the lines where Python shows people words that no translation can reach.

    Looked at: labels of choices, of form fields and of admin columns, errors that people read, and
    messages put on a page. A model's `help_text` is a note to whoever reads the model.
    """
    found: list[int] = []
    for node in ast.walk(ast.parse(source)):
        shown: list[ast.expr] = []
        if isinstance(node, ast.ClassDef) and "Choices" in " ".join(map(ast.unparse, node.bases)):
            pairs = [s.value for s in node.body if isinstance(s, ast.Assign)]
            shown = [pair.elts[1] for pair in pairs if isinstance(pair, ast.Tuple)]
        elif isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            if SPEAKING.search(name):
                # messages take the request first; an error may name its field last
                shown = node.args[1:2] if name.startswith("messages.") else node.args[:1]
            wanted = SHOWN_KEYWORDS | ({"help_text"} if name.startswith("forms.") else set())
            shown += [keyword.value for keyword in node.keywords if keyword.arg in wanted]
        found += [text.lineno for text in shown if is_bare(text)]
    return found


def test_python_shows_no_words_that_cannot_be_translated():
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in SOURCES
        for line in bare_texts(path.read_text())
    ]
    assert found == []


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ('class State(models.TextChoices):\n    OPEN = "open", "Open"', [2]),
        ('class State(models.TextChoices):\n    OPEN = "open", _("Open")\n    DONE = "done"', []),
        ('raise WrongState("It is too late.")', [1]),
        ('raise WrongState(f"It is {state}.")', [1]),
        ('raise WrongState(_("It is %(state)s.") % facts)', []),
        ('raise BadInput(_("Give a title."), "title")', []),
        ('messages.success(request, "Saved.")', [1]),
        ('forms.CharField(label="Name", help_text="Yours")', [1, 1]),
        ('models.CharField(help_text="ISO 4217")', []),
        ('admin.display(description="photo")', [1]),
    ],
)
def test_the_search_sees_bare_words_in_python(source, lines):
    assert bare_texts(source) == lines
