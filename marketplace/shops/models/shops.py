"""Shops, their members and their standing."""

from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.sealing import SealedTextField
from marketplace.shops.rules import Act, roles_that_may


class ShopState(models.TextChoices):
    """Where a shop stands; the legal moves are rules.MOVES."""

    APPLIED = "applied", _("Waiting for approval")
    APPROVED = "approved", _("Open")
    REFUSED = "refused", _("Not approved")
    SUSPENDED = "suspended", _("Suspended")
    CLOSING = "closing", _("Closing")
    CLOSED = "closed", _("Closed")


class MemberRole(models.TextChoices):
    """What a person does in a shop."""

    OWNER = "owner", _("Owner")
    PACKER = "packer", _("Packer")
    BOOKKEEPER = "bookkeeper", _("Bookkeeper")


class InvitationState(models.TextChoices):
    """Where an invitation stands; an open one is void after its `due_at`."""

    OPEN = "open"
    ACCEPTED = "accepted"
    WITHDRAWN = "withdrawn"


class SanctionLevel(models.IntegerChoices):
    """How restricted a shop is; written by trust through services."""

    NONE = 0, _("None")
    WARNED = 1, _("Warned")
    LIMITED = 2, _("Limited")
    SUSPENDED = 3, _("Suspended")


class CreditBand(models.TextChoices):
    """The coarse public credit band; written by credit through services."""

    UNKNOWN = "unknown", _("No record yet")
    POOR = "poor", _("Poor")
    MEDIUM = "medium", _("Medium")
    GOOD = "good", _("Good")
    VERY_GOOD = "very_good", _("Very good")
    EXCELLENT = "excellent", _("Excellent")


class Standing(models.TextChoices):
    """The public badge: the worse of active sanction and credit band."""

    NEW = "new", _("New here")
    TRUSTED = "trusted", _("Trusted")
    STEADY = "steady", _("Steady")
    WATCHED = "watched", _("Under watch")
    RESTRICTED = "restricted", _("Restricted")


class ShopQuerySet(models.QuerySet["Shop"]):
    """Shops by what they may do and for whom."""

    def open(self) -> Self:
        """Approved shops: they can be seen and can sell."""
        return self.filter(state=ShopState.APPROVED)

    def worked_in_by(self, user_id: int | None) -> Self:
        """Shops in which the person is the owner or another member."""
        return self.filter(members__user_id=user_id)

    def gained_from_by(self, user_id: int | None) -> Self:
        """Shops in which the person works, or of whose sales the person has a share."""
        shares = Q(shares__user_id=user_id, shares__state="agreed", shares__ended_at=None)
        return self.filter(Q(members__user_id=user_id) | shares).distinct()

    def where_may(self, user_id: int | None, act: Act) -> Self:
        """Shops in which the person may do `act`."""
        return self.filter(members__user_id=user_id, members__role__in=roles_that_may(act))


class Shop(models.Model):
    """A seller's shop."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="owned_shops"
    )
    name = models.CharField(max_length=80)
    slug = models.SlugField(max_length=90, unique=True)
    country = models.CharField(max_length=2, help_text="ISO 3166-1")
    currency = models.CharField(
        max_length=3, help_text="ISO 4217; the shop sells and is paid in it"
    )
    story = models.TextField(blank=True, default="")
    shipping_minor = models.PositiveBigIntegerField(default=0, help_text="flat, per order")
    payout_account_sealed = SealedTextField(blank=True, default="")
    payouts_paused_until = models.DateTimeField(
        null=True, blank=True, help_text="after a change of the payout account"
    )
    state = models.CharField(max_length=10, choices=ShopState, default=ShopState.APPLIED)
    sanction_level = models.PositiveSmallIntegerField(
        choices=SanctionLevel, default=SanctionLevel.NONE
    )
    credit_band = models.CharField(max_length=10, choices=CreditBand, default=CreditBand.UNKNOWN)
    standing = models.CharField(max_length=10, choices=Standing, default=Standing.NEW)
    ranking_trust_permille = models.PositiveSmallIntegerField(
        default=1000, help_text="1000 = full trust; search multiplies by it"
    )
    deposit_bp = models.PositiveSmallIntegerField(
        default=0, help_text="share of lately released money kept as a deposit while limited"
    )
    closing_from = models.DateTimeField(
        null=True, blank=True, help_text="no new orders from then on: a planned closure"
    )
    closed_at = models.DateTimeField(null=True, blank=True)
    applied_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = ShopQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("name"), name="shop_name_once"),
            models.CheckConstraint(
                condition=Q(state__in=ShopState.values), name="shop_state_known"
            ),
            models.CheckConstraint(
                condition=Q(ranking_trust_permille__lte=1000), name="shop_trust_at_most_full"
            ),
            models.CheckConstraint(
                condition=Q(deposit_bp__lte=10_000), name="shop_deposit_at_most_all"
            ),
            models.CheckConstraint(
                condition=Q(state=ShopState.APPLIED) | Q(decided_at__isnull=False),
                name="shop_decided_unless_applied",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[ShopState.CLOSING, ShopState.CLOSED])
                | Q(closing_from__isnull=False),
                name="shop_closes_from_a_date",
            ),
            models.CheckConstraint(
                condition=Q(state=ShopState.CLOSED, closed_at__isnull=False)
                | (~Q(state=ShopState.CLOSED) & Q(closed_at=None)),
                name="shop_closed_at_iff_closed",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def ref(self) -> str:
        """How events, ledger and audit name this shop."""
        return f"shop:{self.pk}"


class PayoutAccountChange(models.Model):
    """One change of where a shop is paid to, or the calling-off of one. Rows are only added."""

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="account_changes")
    old_account_sealed = SealedTextField(blank=True, default="")
    new_account_sealed = SealedTextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    paused_until = models.DateTimeField(help_text="no payout before; until then it can be undone")
    undoes = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="undone_by"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(paused_until__gte=F("at")), name="account_change_pause_after_change"
            )
        ]
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"payout account of shop {self.shop_id} at {self.at:%Y-%m-%d}"


class ShopMember(models.Model):
    """A person who works in a shop."""

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="memberships"
    )
    role = models.CharField(max_length=10, choices=MemberRole)
    since = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["shop", "user"], name="shop_member_once"),
            models.CheckConstraint(
                condition=Q(role__in=MemberRole.values), name="shop_member_role_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.user_id} of shop {self.shop_id}"


class ShopInvitation(models.Model):
    """An owner asks a person to work in the shop. The link's token is kept as its hash alone."""

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="invitations")
    role = models.CharField(max_length=10, choices=MemberRole)
    token_hash = models.CharField(max_length=64, unique=True, help_text="SHA-256, hex")
    for_user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="shop_invitations",
        help_text="only this person may accept; nobody: whoever has the link",
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=InvitationState, default=InvitationState.OPEN)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=InvitationState.values), name="shop_invitation_state_known"
            ),
            models.CheckConstraint(
                condition=Q(role__in=[MemberRole.PACKER, MemberRole.BOOKKEEPER]),
                name="shop_invitation_for_no_owner",
            ),
            models.CheckConstraint(
                condition=Q(
                    state=InvitationState.ACCEPTED,
                    accepted_at__isnull=False,
                    accepted_by__isnull=False,
                )
                | (~Q(state=InvitationState.ACCEPTED) & Q(accepted_at=None, accepted_by=None)),
                name="shop_invitation_accepted_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"invitation {self.pk} to shop {self.shop_id}"


class ShippingMethod(models.Model):
    """One way a shop sends goods, with its price. Amounts in minor units of the shop's currency."""

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="shipping_methods")
    name = models.CharField(max_length=80)
    carrier = models.CharField(max_length=40, blank=True, default="")
    countries = ArrayField(
        models.CharField(max_length=2),
        default=list,
        blank=True,
        help_text="ISO 3166-1; empty: everywhere",
    )
    first_minor = models.PositiveBigIntegerField(help_text="for the first piece")
    each_further_minor = models.PositiveBigIntegerField(default=0)
    free_from_minor = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="goods worth this much travel free"
    )
    days_min = models.PositiveSmallIntegerField(default=2)
    days_max = models.PositiveSmallIntegerField(default=10)
    tracked = models.BooleanField(default=False)
    active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["shop", "name"], name="shipping_method_once"),
            models.CheckConstraint(
                condition=Q(days_min__lte=F("days_max")), name="shipping_days_in_order"
            ),
        ]
        ordering = ["first_minor", "id"]

    def __str__(self) -> str:
        return self.name


class Discount(models.Model):
    """What a shop takes off when somebody buys much of it at once; the shop bears it."""

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="discounts")
    percent_bp = models.PositiveIntegerField(help_text="ten-thousandths of the goods")
    from_minor = models.PositiveBigIntegerField(help_text="goods worth at least this")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(percent_bp__gt=0) & Q(percent_bp__lte=9_000), name="discount_is_a_part"
            )
        ]

    def __str__(self) -> str:
        return f"{self.percent_bp} bp from {self.from_minor}"

    @property
    def percent(self) -> str:
        """As people read it."""
        return f"{self.percent_bp / 100:g}"
