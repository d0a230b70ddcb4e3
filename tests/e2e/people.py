"""Who plays in the browser: the demo's people, each let in by the demo's door once."""

from __future__ import annotations

from playwright.sync_api import Browser, Page, StorageState

from ewtp.demo import sharing, world
from tests.e2e.tour import click_through


def name_of(mail: str) -> str:
    """Return the name that the demo's door shows for this person."""
    owners = [shop.owner for shop in world.SHOPS]
    growers = [person for person, _plot, _share_bp in sharing.GROWERS]
    staff = [world.STAFF, world.SECOND_STAFF]
    everybody = [*staff, *world.OTHERS, *world.BUYERS, *owners, *growers]
    return next(person.name for person in everybody if person.mail == mail)


class People:
    """Cookies and ids of signed-in people, by their address in the demo."""

    def __init__(self, browser: Browser, address: str) -> None:
        self._browser, self._address = browser, address
        self._states: dict[str, StorageState] = {}
        self._ids: dict[str, int] = {}

    def signed_in(self, mail: str) -> StorageState:
        """Return the cookies of this person's session."""
        if mail not in self._states:
            self._enter(mail)
        return self._states[mail]

    def id_of(self, mail: str) -> int:
        """Return the user's primary key."""
        self.signed_in(mail)
        return self._ids[mail]

    def _enter(self, mail: str) -> None:
        context = self._browser.new_context(base_url=self._address, service_workers="block")
        page = context.new_page()
        page.goto("/me/demo/")
        form = page.locator("main form").filter(
            has=page.get_by_role("heading", name=name_of(mail), exact=True)
        )
        self._ids[mail] = int(form.locator("input[name=user]").input_value())
        form.get_by_role("button").click()
        page.wait_for_url("**/me/")
        self._show_password(page)
        self._states[mail] = context.storage_state()
        context.close()

    def _show_password(self, page: Page) -> None:
        """Changes of password, address and second factor ask for it once more."""
        page.goto("/account/reauthenticate/")
        field = page.locator("main [name=password]")
        if field.count():
            field.fill(world.PASSWORD)
            click_through(page.locator("main form button[type=submit]").first)
