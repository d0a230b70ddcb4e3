"""The embedded servers, started and killed for real. Each test has folders of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess

from ewtp.embedded import processes
from tests.factories.embedded import User, command, copy_servers, is_dead


def test_a_second_start_finds_what_the_first_one_wrote(folder):
    first = User(folder)
    first.query("CREATE TABLE kept (n int); INSERT INTO kept VALUES (1)")
    first.leave()
    assert is_dead(first.postgres_pid)
    assert is_dead(first.valkey_pid)

    second = User(folder)
    assert second.query("SELECT n FROM kept") == [(1,)]
    assert second.ping()
    second.leave()


def test_two_processes_share_one_server_until_the_last_one_leaves(folder):
    first, second = User(folder), User(folder)
    assert first.postgres_pid == second.postgres_pid
    assert first.valkey_pid == second.valkey_pid

    first.leave()
    assert second.query("SELECT 1") == [(1,)]
    assert second.ping()
    second.leave()
    assert is_dead(second.postgres_pid)
    assert is_dead(second.valkey_pid)


def test_after_kill_9_of_its_user_the_servers_are_adopted(folder):
    killed = User(folder)
    killed.kill()

    heir = User(folder)
    assert (heir.postgres_pid, heir.valkey_pid) == (killed.postgres_pid, killed.valkey_pid)
    assert heir.query("SELECT 1") == [(1,)]
    heir.leave()
    assert is_dead(heir.postgres_pid)
    assert is_dead(heir.valkey_pid)


def test_after_kill_9_of_both_servers_they_come_back_on_their_ports_with_all_data(folder):
    first = User(folder)
    first.query("CREATE TABLE kept (n int); INSERT INTO kept VALUES (1)")
    os.kill(first.postgres_pid, signal.SIGKILL)
    os.kill(first.valkey_pid, signal.SIGKILL)

    second = User(folder)
    assert (second.database_url, second.redis_url) == (first.database_url, first.redis_url)
    assert second.postgres_pid != first.postgres_pid
    assert second.query("SELECT n FROM kept") == [(1,)]
    assert second.ping()
    first.leave()
    second.leave()


def test_a_pid_file_whose_number_now_belongs_to_another_program_does_not_confuse(folder):
    User(folder).leave()
    # Of PostgreSQL's own account, so that PostgreSQL alone would take it for a living server.
    account = "nobody" if os.geteuid() == 0 else None
    stranger = subprocess.Popen(["sleep", "60"], user=account)
    pid_file = folder / "demo" / "postgres" / "postmaster.pid"
    pid_file.write_text(f"{stranger.pid}\n{pid_file.parent}\n1\n5432\n\n127.0.0.1\n\nready\n")
    shutil.copystat(pid_file.parent / "PG_VERSION", pid_file)
    state_file = folder / "demo" / "state.json"
    state = json.loads(state_file.read_text())
    state_file.write_text(json.dumps({**state, "valkey_pid": stranger.pid}))

    user = User(folder)
    assert user.query("SELECT 1") == [(1,)]
    assert stranger.poll() is None
    user.leave()
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


def test_only_the_named_program_at_work_in_the_folder_counts_as_ours(tmp_path):
    inside = subprocess.Popen(["sleep", "60"], cwd=tmp_path)
    outside = subprocess.Popen(["sleep", "60"], cwd="/")
    try:
        assert processes.living_in(tmp_path, "sleep", inside.pid).pid == inside.pid
        assert processes.living_in(tmp_path, "postgres", inside.pid) is None
        assert processes.living_in(tmp_path, "sleep", outside.pid) is None
        assert [found.pid for found in processes.all_living_in(tmp_path, "sleep")] == [inside.pid]
    finally:
        for child in (inside, outside):
            child.kill()
            child.wait()
    assert processes.living_in(tmp_path, "sleep", inside.pid) is None


def test_a_port_taken_by_somebody_else_is_left_to_them(folder):
    state_file = folder / "demo" / "state.json"
    state = json.loads(state_file.read_text())
    with socket.create_server(("127.0.0.1", state["postgres_port"])):
        user = User(folder)
        assert f":{state['postgres_port']}/" not in user.database_url
        assert user.query("SELECT 1") == [(1,)]
        user.leave()


def test_a_copied_project_runs_beside_the_first_without_touching_it(folder, tmp_path):
    original = User(folder)
    original.query("CREATE TABLE mine (n int)")
    twin_folder = folder / "twin"
    twin_folder.mkdir()
    copy_servers(folder, twin_folder)

    twin = User(twin_folder)
    assert twin.postgres_pid != original.postgres_pid
    assert twin.valkey_pid != original.valkey_pid
    assert twin.database_url != original.database_url
    twin.leave()
    assert original.query("SELECT count(*) FROM mine") == [(0,)]
    assert original.ping()
    original.leave()
    command(twin_folder, "wipe")


def test_a_half_made_cluster_is_made_again(folder):
    state_file = folder / "demo" / "state.json"
    state = json.loads(state_file.read_text())
    state_file.write_text(json.dumps({**state, "postgres_ready": False}))
    (folder / "demo" / "postgres" / "PG_VERSION").unlink()

    user = User(folder)
    assert user.query("SELECT 1") == [(1,)]
    user.leave()


def test_a_path_of_more_than_120_characters_works(template, folder):
    deep = folder / ("a" * 60) / ("b c'" * 15)
    deep.mkdir(parents=True)
    copy_servers(template, deep)
    assert len(str(deep / "demo" / "postgres")) > 120

    user = User(deep)
    assert user.query("SELECT 1") == [(1,)]
    assert user.ping()
    user.leave()


def test_stop_refuses_while_somebody_uses_the_servers_and_stops_orphans(folder):
    user = User(folder)
    assert command(folder, "stop").returncode == 1
    assert user.query("SELECT 1") == [(1,)]
    assert f"DATABASE_URL={user.database_url}" in command(folder, "urls").stdout

    user.kill()
    assert command(folder, "stop").returncode == 0
    assert is_dead(user.postgres_pid)
    assert is_dead(user.valkey_pid)
    assert command(folder, "urls").returncode == 1
