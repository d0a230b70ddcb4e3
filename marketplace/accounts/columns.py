"""Columns that are sealed or hashed at rest and can still be looked up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models.lookups import Exact, In, Lookup

from marketplace.accounts.sealing import (
    findable_forms,
    keyed_hash,
    keyed_hash_forms,
    masked_email,
    seal_findable,
    unseal_findable,
)


def canonical_email(address: str) -> str:
    """Return the one form in which an address is stored and compared.

    >>> canonical_email(" Ama@Example.org")
    'ama@example.org'
    """
    return address.strip().lower()


class SealedEmailField(models.EmailField):  # type: ignore[type-arg]
    """An e-mail address, encrypted in the database, plain and lower case in Python.

    The same address seals alike within one column (AES-SIV), so that a unique index holds and
    exact, iexact and in find it, under the current and the old key. Every other look-up raises
    FieldError: parts of an address cannot be searched.
    """

    LOOKUPS: ClassVar[set[str]] = {"exact", "iexact", "in", "isnull"}

    @property
    def bound_to(self) -> str:
        """Return the place to which every value of this column is bound."""
        return f"{self.model._meta.db_table}.{self.column}"

    def get_internal_type(self) -> str:
        """Sealed values are longer than addresses."""
        return "TextField"

    def get_lookup(self, lookup_name: str) -> type[Lookup[Any]] | None:
        """Refuse what cannot work on sealed values, instead of finding nothing."""
        return super().get_lookup(lookup_name) if lookup_name in self.LOOKUPS else None

    def get_prep_value(self, value: Any) -> Any:
        """Seal on the way in."""
        prepared = super().get_prep_value(value)
        return self.closed(prepared) if isinstance(prepared, str) else prepared

    def from_db_value(self, value: Any, *_query: object) -> Any:
        """Unseal on the way out."""
        return unseal_findable(value, bound_to=self.bound_to) if isinstance(value, str) else value

    def opened(self, stored: str) -> str:
        """Return the address behind a stored value; one from before sealing is plain."""
        return stored if "@" in stored else unseal_findable(stored, bound_to=self.bound_to)

    def closed(self, text: str) -> str:
        """Return what is stored for an address."""
        return seal_findable(canonical_email(text), bound_to=self.bound_to)

    def forms(self, text: str) -> list[str]:
        """Return every form in which an address may be stored."""
        return findable_forms(canonical_email(text), bound_to=self.bound_to)


@SealedEmailField.register_lookup
class SealedExact(Exact):  # type: ignore[type-arg]
    """The address, under whichever key of the ring it was sealed."""

    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """Compare with every form of the address; other expressions as Django does."""
        if not isinstance(self.rhs, str):
            return super().as_sql(compiler, connection)
        sql, parameters = compiler.compile(self.lhs)
        forms = self.lhs.output_field.forms(self.rhs)
        marks = ", ".join(["%s"] * len(forms))
        return f"{sql} IN ({marks})", (*parameters, *forms)


@SealedEmailField.register_lookup
class SealedIExact(SealedExact):
    """An address has no case here: the same look-up."""

    lookup_name = "iexact"


@SealedEmailField.register_lookup
class SealedIn(In):  # type: ignore[type-arg]
    """Any of the addresses, under whichever key each was sealed."""

    def get_prep_lookup(self) -> Any:
        """Turn each address into all its forms; leave a subquery alone."""
        if not isinstance(self.rhs, list | tuple | set | frozenset):
            return super().get_prep_lookup()
        field = self.lhs.output_field
        return [form for text in self.rhs if text is not None for form in field.forms(text)]


class KeyedHashField(models.CharField):  # type: ignore[type-arg]
    """The keyed hash of a sealed column beside it: found and compared, never read.

    `of` names the column, `beside` further plain ones without which the value means nothing
    (a document number without its country). Computed whenever the row is saved; empty is NULL.
    Look up with `column__of="value"`, or a list of the values in the order beside, of.
    """

    def __init__(
        self, *, of: str, purpose: str, beside: Sequence[str] = (), **options: Any
    ) -> None:
        self.of, self.purpose, self.beside = of, purpose, tuple(beside)
        options.setdefault("max_length", 64)
        options.update(null=True, blank=True, editable=False)
        super().__init__(**options)

    def deconstruct(self) -> Any:
        """Tell migrations what is hashed."""
        name, path, args, options = super().deconstruct()
        del options["null"], options["blank"], options["editable"]
        options.update(of=self.of, purpose=self.purpose)
        if self.beside:
            options["beside"] = self.beside
        return name, path, args, options

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:  # noqa: ARG002
        """Hash what the row says now."""
        names = (*self.beside, self.of)
        hashed = self.hash_of({name: getattr(model_instance, name) for name in names})
        setattr(model_instance, self.attname, hashed)
        return hashed

    def hash_of(self, plain: Mapping[str, str]) -> str | None:
        """Return the hash for a row's plain values; None when there is nothing to hash."""
        parts = [plain[name] for name in (*self.beside, self.of)]
        return keyed_hash("\0".join(parts), purpose=self.purpose) if parts[-1] else None


@KeyedHashField.register_lookup
class Of(Lookup):  # type: ignore[type-arg]
    """The hash of this value, under whichever pepper of the ring it was made."""

    lookup_name = "of"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:  # noqa: ARG002
        """Compare with every hash of the value."""
        sql, parameters = compiler.compile(self.lhs)
        value = self.rhs if isinstance(self.rhs, str) else "\0".join(self.rhs)
        forms = keyed_hash_forms(value, purpose=self.lhs.output_field.purpose)
        marks = ", ".join(["%s"] * len(forms))
        return f"{sql} IN ({marks})", (*parameters, *forms)


def seal_emails_of(model: type[models.Model], name: str) -> None:
    """Put a SealedEmailField in the place of a plain one on a model that is not ours.

    For allauth's table of addresses, in AppConfig.ready; a migration of ours widens the column.
    Rows also name themselves by the masked address: names stand on desks and in the admin's log.
    Safe to repeat. Raises FieldDoesNotExist when the library no longer has such a field.
    """
    plain = model._meta.get_field(name)
    if isinstance(plain, SealedEmailField):
        return
    if not isinstance(plain, models.EmailField):
        raise FieldDoesNotExist(f"{model._meta.label}.{name} holds no e-mail address")
    sealed = SealedEmailField(
        verbose_name=plain.verbose_name,
        max_length=plain.max_length,
        db_index=plain.db_index,  # type: ignore[attr-defined]
        unique=plain.unique,
    )
    sealed.creation_counter = plain.creation_counter  # the same place among the columns
    model._meta.local_fields.remove(plain)
    sealed.contribute_to_class(model, name)
    model.__str__ = lambda row: masked_email(getattr(row, name))  # type: ignore[method-assign]
