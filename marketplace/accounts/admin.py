"""Staff's view of people. Contact data is masked; every change goes through a service."""

from __future__ import annotations

from typing import Any

from allauth.account import admin as _allauth_admin  # noqa: F401 - registers what we replace
from allauth.account.models import EmailAddress
from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.accounts import access_admin as _access_admin  # noqa: F401
from marketplace.accounts import guests, queries, second_factor, services
from marketplace.accounts import identity_admin as _identity_admin  # noqa: F401 - registers
from marketplace.accounts.models import SandboxDelivery, User, UserRole
from marketplace.accounts.sealing import masked, masked_email
from marketplace.admin_pages import ReadOnlyAdmin
from marketplace.errors import MarketplaceError


class UserRoleInline(admin.TabularInline):  # type: ignore[type-arg]
    """Roles are given and taken, never edited."""

    model = UserRole
    fk_name = "user"
    extra = 0
    fields = ("role", "granted_by", "granted_at")
    readonly_fields = ("granted_by", "granted_at")

    def has_change_permission(self, *_asked: object, **_named: object) -> bool:
        """A role that was given stays as it was given."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The service decides who may take which role."""
        return self.has_add_permission(request, obj)


@admin.register(User)
class UserAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """People: found by their exact e-mail address or phone number."""

    list_display = ("__str__", "masked_email", "masked_phone", "country", "is_staff", "is_active")
    list_filter = ("is_staff", "is_active", "guest", "roles__role")
    search_fields = ("=email", "display_name")
    search_help_text = "name, whole e-mail address, or whole phone number with country code"
    fields = (
        "display_name",
        "masked_email",
        "masked_phone",
        "phone_verified_at",
        "country",
        "language",
        "is_active",
        "is_staff",
        "guest",
        "date_joined",
        "last_login",
    )
    readonly_fields = fields
    inlines = (UserRoleInline,)
    actions = ("close_accounts", "reopen_accounts", "take_second_factor", "revoke_guest_links")
    ordering = ("-pk",)

    def has_add_permission(self, *_asked: object, **_named: object) -> bool:
        """People open their own accounts."""
        return False

    def has_delete_permission(self, *_asked: object, **_named: object) -> bool:
        """Accounts are closed, not deleted: money and decisions point to them."""
        return False

    @admin.display(description=gettext_lazy("e-mail"))
    def masked_email(self, user: User) -> str:
        """Show the first letter and the domain."""
        return queries.shown_email(user)

    @admin.display(description=gettext_lazy("phone"))
    def masked_phone(self, user: User) -> str:
        """Show the last two digits."""
        return queries.masked_phone(user)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[User], search_term: str
    ) -> tuple[QuerySet[User], bool]:
        """Find a phone number by its keyed hash."""
        found, duplicates = super().get_search_results(request, queryset, search_term)
        holder = queries.by_phone(search_term) if search_term else None
        if holder is not None:
            found = queryset.filter(Q(pk=holder.pk))
        return found, duplicates

    def save_model(self, *_asked: object, **_named: object) -> None:
        """Nothing of the person is edited here."""

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: Any) -> None:  # noqa: ARG002
        """Give and take roles through the services of this room."""
        formset.save(commit=False)
        by_id, at = request.user.pk, timezone.now()
        try:
            for role in formset.new_objects:
                services.grant_role(user_id=role.user_id, role=role.role, by_id=by_id, at=at)
            for role in formset.deleted_objects:
                services.revoke_role(user_id=role.user_id, role=role.role, by_id=by_id, at=at)
        except MarketplaceError as error:
            self.message_user(request, error.reason, messages.ERROR)

    @admin.action(description=gettext_lazy("Close the chosen accounts to log-ins"))
    def close_accounts(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Close accounts, one by one."""
        self._set_active(request, queryset, active=False)

    @admin.action(description=gettext_lazy("Open the chosen accounts again"))
    def reopen_accounts(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Open accounts, one by one."""
        self._set_active(request, queryset, active=True)

    @admin.action(description=gettext_lazy("Take a lost second factor (superusers)"))
    def take_second_factor(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Let people whose phone is lost set up a new second factor."""
        by_id = int(str(request.user.pk))
        for user_id in queryset.order_by("pk").values_list("pk", flat=True):
            try:
                second_factor.remove(user_id=user_id, by_id=by_id, at=timezone.now())
            except MarketplaceError as error:
                self.message_user(request, f"{user_id}: {error.reason}", messages.ERROR)
        self.message_user(request, _("Done."))

    @admin.action(description=gettext_lazy("Make the links of the chosen guests void"))
    def revoke_guest_links(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Shut out whoever holds a guest's link; browsers that are in stay in."""
        by_id = int(str(request.user.pk))
        for user_id in queryset.filter(guest=True).order_by("pk").values_list("pk", flat=True):
            guests.revoke_links(user_id=user_id, by_id=by_id, at=timezone.now())
        self.message_user(request, _("Done."))

    def _set_active(self, request: HttpRequest, queryset: QuerySet[User], *, active: bool) -> None:
        by_id = int(str(request.user.pk))
        for user_id in queryset.order_by("pk").values_list("pk", flat=True):
            try:
                services.set_active(user_id=user_id, active=active, by_id=by_id, at=timezone.now())
            except MarketplaceError as error:
                self.message_user(request, f"{user_id}: {error.reason}", messages.ERROR)
        self.message_user(request, _("Done."))


@admin.register(SandboxDelivery)
class SandboxDeliveryAdmin(ReadOnlyAdmin):
    """What the sandbox carriers were asked to deliver; bodies stay sealed."""

    list_display = ("idempotency_key", "channel", "masked_to", "accepted_at")
    list_filter = ("channel",)
    fields = ("idempotency_key", "channel", "masked_to", "accepted_at")
    ordering = ("-pk",)

    @admin.display(description=gettext_lazy("to"))
    def masked_to(self, delivery: SandboxDelivery) -> str:
        """Show the last characters of the address."""
        return masked(delivery.to_sealed)


# allauth's own desk shows addresses in clear, and searches for parts of them: ours replaces it.
admin.site.unregister(EmailAddress)


@admin.register(EmailAddress)
class EmailAddressAdmin(ReadOnlyAdmin):
    """Addresses that people gave and proved; found by the whole address."""

    list_display = ("id", "masked_email", "user", "primary", "verified")
    list_filter = ("primary", "verified")
    list_select_related = ("user",)
    fields = ("masked_email", "user", "primary", "verified")
    search_fields = ("=email",)
    search_help_text = gettext_lazy("whole e-mail address")
    ordering = ("-pk",)

    @admin.display(description=gettext_lazy("e-mail"))
    def masked_email(self, address: EmailAddress) -> str:
        """Show the first letter and the domain."""
        return masked_email(address.email)
