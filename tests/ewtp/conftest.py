"""Folders with servers of their own."""

from __future__ import annotations

import shutil

import pytest

from tests.factories.embedded import User, command, copy_servers, open_to_all


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A stopped cluster made once: making one takes longer than all else here."""
    folder = open_to_all(tmp_path_factory.mktemp("template"))
    User(folder).leave()
    yield folder
    command(folder, "wipe")
    folder.rmdir()


@pytest.fixture
def folder(template, tmp_path):
    """A folder with a stopped cluster; wiped afterwards."""
    place = open_to_all(tmp_path)
    copy_servers(template, place)
    yield place
    command(place, "wipe")
    shutil.rmtree(place, ignore_errors=True)
