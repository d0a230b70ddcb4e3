"""Sealed files: what a crash left behind goes, what is on its way stays."""

import os
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile

from antifake.cases.services.documents import DOCUMENTS
from antifake.references.services import files
from tests.factories.antifake import NOW

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("drawer", [files.PROOFS, DOCUMENTS], ids=lambda drawer: drawer.folder)
def test_a_file_without_a_row_goes_once_it_is_old(drawer):
    path = drawer.file_of(name="ab" * 16)
    files.storage().save(path, ContentFile(b"left by a crash"))
    for age, there in (
        (files.ORPHAN_AFTER - timedelta(seconds=1), True),
        (files.ORPHAN_AFTER, False),
    ):
        written = (NOW - age).timestamp()
        os.utime(files.storage().path(path), (written, written))
        assert drawer.erase_due(at=NOW) == (not there)
        assert files.storage().exists(path) is there


def test_what_is_not_attached_leaves_no_file():
    with files.PROOFS.kept(upload=b"%PDF-1", field="proof") as file:
        path = files.PROOFS.file_of(name=file.name)
        assert files.storage().exists(path)
    assert not files.storage().exists(path)
