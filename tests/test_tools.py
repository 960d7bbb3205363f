"""The set-up scripts find a Python that works and say exactly which system library is missing."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TOOLS = Path(__file__).parents[1] / "tools"

FAKES = {
    "cc": "exit ${NO_COMPILER:-0}",
    "pkg-config": 'case "$*" in --version) exit 0;; esac; test -e libraries',
    "uname": "echo ${SYSTEM:-Linux}",
    "id": "echo ${USER_ID:-0}",
    "sudo": 'echo "sudo $*" >> log; "$@"',
    "env": 'shift; "$@"',
    "apt-get": """
        echo "apt-get $*" >> log
        test "$1" = update || { test -z "$APT_FAILS" && touch libraries; }""",
    "python": """
        case "$2" in
            *base_prefix*) echo ${PREFIX:-/usr} ;;
            *version_info*) echo python3.12 ;;
            *Python.h*) exit ${NO_HEADERS:-0} ;;
        esac""",
    "dnf": "echo dnf >> log",
    "pacman": "echo pacman >> log",
}


class Machine:
    """A folder that is the whole PATH of a script: only the commands that we put there exist."""

    def __init__(self, folder: Path, *commands: str) -> None:
        self.folder = folder
        (folder / "bin").mkdir()
        for command in ("cc", "uname", "id", "env", "python", *commands):
            self.add(command, FAKES[command])
        (folder / "bin/touch").symlink_to(shutil.which("touch") or "/usr/bin/touch")

    def add(self, command: str, script: str) -> None:
        path = self.folder / "bin" / command
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def run(
        self, tool: str, *arguments: str, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [TOOLS / tool, *arguments],
            cwd=self.folder,
            env={"PATH": str(self.folder / "bin"), "APT_FAILS": ""} | environment,
            capture_output=True,
            text=True,
        )

    def log(self) -> list[str]:
        path = self.folder / "log"
        return path.read_text().splitlines() if path.exists() else []


INSTALL = "apt-get install -y --no-install-recommends libcairo2-dev libpango1.0-dev"


def test_nothing_is_said_or_done_when_all_is_there(tmp_path: Path) -> None:
    machine = Machine(tmp_path, "pkg-config", "apt-get")
    (tmp_path / "libraries").touch()
    result = machine.run("system-libraries", "python")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert machine.log() == []


def test_root_installs_with_apt_after_the_command_is_shown(tmp_path: Path) -> None:
    machine = Machine(tmp_path, "pkg-config", "apt-get", "sudo")
    result = machine.run("system-libraries", "python")
    assert result.returncode == 0, result.stderr
    assert machine.log() == ["apt-get update", INSTALL]
    assert f"    env DEBIAN_FRONTEND=noninteractive {INSTALL}\n" in result.stderr


def test_a_user_installs_with_sudo(tmp_path: Path) -> None:
    machine = Machine(tmp_path, "pkg-config", "apt-get", "sudo")
    result = machine.run("system-libraries", "python", USER_ID="1000")
    assert result.returncode == 0, result.stderr
    shown = f"sudo env DEBIAN_FRONTEND=noninteractive {INSTALL}"
    assert machine.log() == ["sudo apt-get update", "apt-get update", shown, INSTALL]
    assert f"    {shown}\n" in result.stderr


def test_a_user_without_sudo_is_told_what_root_runs(tmp_path: Path) -> None:
    machine = Machine(tmp_path, "pkg-config", "apt-get")
    result = machine.run("system-libraries", "python", USER_ID="1000")
    assert result.returncode == 1
    assert "as root run: apt-get update && apt-get install libcairo2-dev" in result.stderr
    assert machine.log() == []


def test_a_bare_system_gets_everything_at_once(tmp_path: Path) -> None:
    machine = Machine(tmp_path, "apt-get")
    result = machine.run("system-libraries", "python", NO_COMPILER="1", NO_HEADERS="1")
    wanted = ["build-essential", "pkg-config", "libcairo2-dev", "libpango1.0-dev"]
    assert machine.log()[1].split()[4:8] == wanted
    assert machine.log()[1].endswith("-dev")  # the headers of the Python in use
    assert result.returncode == 1  # our apt brings no compiler: the second look notices
    assert "still missing" in result.stderr


def test_apt_that_fails_is_an_error(tmp_path: Path) -> None:
    machine = Machine(tmp_path, "pkg-config", "apt-get")
    result = machine.run("system-libraries", "python", APT_FAILS="1")
    assert result.returncode == 1
    assert result.stderr.splitlines()[-1].startswith("error: missing: cairo pango; apt-get failed")


@pytest.mark.parametrize(
    ("commands", "system", "advice"),
    [
        ((), "Darwin", "brew install pkg-config cairo pango"),
        (("dnf",), "Linux", "sudo dnf install cairo-devel pango-devel"),
        (("pacman",), "Linux", "sudo pacman -S --needed cairo pango"),
        ((), "Linux", "development files of cairo, pango and Python"),
    ],
)
def test_elsewhere_a_message_says_what_to_run(
    tmp_path: Path, commands: tuple[str, ...], system: str, advice: str
) -> None:
    machine = Machine(tmp_path, "pkg-config", *commands)
    result = machine.run("system-libraries", "python", SYSTEM=system)
    assert result.returncode == 1
    assert result.stderr.startswith("error: missing: cairo pango; ")
    assert advice in result.stderr
    assert machine.log() == []


def test_a_python_of_ones_own_without_headers_is_named(tmp_path: Path) -> None:
    machine = Machine(tmp_path, "pkg-config", "apt-get")
    result = machine.run("system-libraries", "python", NO_HEADERS="1", PREFIX="/opt/python")
    assert result.returncode == 1
    assert "choose another with PYTHON=" in result.stderr
    assert machine.log() == []


def test_a_shim_that_does_not_run_is_passed_over(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.add("python3", "echo 'command not found' >&2; exit 127")
    machine.add("python3.13", "exit 1")
    (tmp_path / "bin/python3.12").symlink_to(sys.executable)
    result = machine.run("find-python")
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip().endswith("python3.12")


def test_no_python_is_an_error_with_its_mend(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.add("python", "exit 1")
    result = machine.run("find-python")
    assert result.returncode == 1
    assert "PYTHON=" in result.stderr


def test_the_python_asked_for_must_be_new_enough(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.add("old", "exit 1")
    result = machine.run("find-python", "old")
    assert result.returncode == 1
    assert result.stderr.startswith("error: PYTHON=old is no Python 3.11")
