"""What is asked of every page in a browser. Each check returns sentences; none means well."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import ConsoleMessage, Page, Request, Response

# Everything axe knows of WCAG 2.2 up to AA, and its own good practice.
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

REPORT_CSP = """
document.addEventListener('securitypolicyviolation', (event) => console.error(
  `content security policy: ${event.violatedDirective} ${event.blockedURI} ` +
  `${event.sourceFile || ''}:${event.lineNumber} ${event.sample || ''}`));
"""
TOO_WIDE = """
() => {
  const root = document.scrollingElement, room = root.clientWidth;
  if (root.scrollWidth <= room) return null;
  const rtl = getComputedStyle(document.documentElement).direction === 'rtl';
  const out = [...document.querySelectorAll('body *')].filter((one) => {
    const box = one.getBoundingClientRect();
    return box.width && (rtl ? box.left < -1 : box.right > room + 1);
  }).slice(0, 4).map((one) => `<${one.tagName.toLowerCase()} class="${one.className}">`);
  return `${root.scrollWidth} px wide in ${room} px: ${out.join(' ')}`;
}
"""
# A long table's rows are alike: the first dozen stands for all, and axe is ten times as fast.
# `preload` would have axe insert copies of imported style sheets, which our policy refuses.
RUN_AXE = """
async (runOnly) => {
  document.querySelectorAll('tbody > tr:nth-child(n + 13)').forEach((row) => row.remove());
  document.getAnimations().forEach((one) => one.finish());
  const found = await axe.run(document, {
    runOnly, resultTypes: ['violations'], elementRef: false, preload: false
  });
  return found.violations.map((rule) => ({
    id: rule.id, help: rule.help,
    nodes: rule.nodes.map((node) =>
      `${node.target.join(' ')} | ${node.any.map((check) => check.message)[0] || ''}`)
  }));
}
"""
# A scheme changes colours and nothing else, so only what looks at colours is asked twice.
RULES = {
    "light": {"type": "tag", "values": TAGS},
    "dark": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
}


@dataclass
class Watch:
    """Listens to a page and keeps what it complains about."""

    page: Page
    expected_status: int = 200

    def __post_init__(self) -> None:
        self.heard: list[str] = []
        self.page.add_init_script(REPORT_CSP)
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.heard.append(f"script error: {error}"))
        self.page.on("requestfailed", self._failed)
        self.page.on("response", self._answered)

    def take(self) -> list[str]:
        """Return what was heard since the last call."""
        heard, self.heard = self.heard, []
        return heard

    def _console(self, message: ConsoleMessage) -> None:
        refused = self.expected_status >= 400 and "status of" in message.text
        if message.type in {"error", "warning"} and not refused:
            self.heard.append(f"console {message.type}: {message.text}")

    def _failed(self, request: Request) -> None:
        # A page that is left before its last picture came is no fault of the page.
        if request.failure != "net::ERR_ABORTED":
            self.heard.append(f"request failed: {request.url} {request.failure}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400 and response.status != self.expected_status:
            self.heard.append(f"{response.status}: {response.url}")


def too_wide(page: Page) -> list[str]:
    """Say what sticks out to the side."""
    found: str | None = page.evaluate(TOO_WIDE)
    return [f"scrolls sideways: {found}"] if found else []


def axe(page: Page) -> list[str]:
    """Return axe's violations in light and in dark, one per rule with its first places."""
    found: dict[str, list[str]] = {}
    for scheme, rules in RULES.items():
        page.emulate_media(color_scheme=scheme)
        if page.evaluate("typeof axe === 'undefined'"):
            page.evaluate(AXE_SCRIPT)
        for rule in page.evaluate(RUN_AXE, rules):
            found.setdefault(_sentence(rule), []).append(scheme)
    page.emulate_media(color_scheme="light")
    return [f"axe, {' and '.join(schemes)}: {what}" for what, schemes in found.items()]


def _sentence(rule: dict[str, Any]) -> str:
    places = "".join(f"\n      {place}" for place in rule["nodes"][:4])
    return f"{rule['id']} ({rule['help']}), {len(rule['nodes'])}×{places}"
