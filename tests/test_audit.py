"""What pip-audit says of the pins is passed on: a hole fails, silence is told and is no success."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HOLE = {"id": "PYSEC-1", "fix_versions": ["2.0"], "aliases": [], "description": "bad"}
SAFE = {"name": "b", "version": "1", "vulns": []}
UNKNOWN = {"name": "b", "skip_reason": "Dependency not found on PyPI"}


@pytest.mark.parametrize(
    ("osv", "pypi", "status", "said", "warned"),
    [
        ([{"name": "a", "version": "1.0", "vulns": [HOLE]}, SAFE], None, 1,
         "a 1.0: PYSEC-1, mended in 2.0\n2 versions looked up with osv: 1 known holes\n", ""),
        ([{"name": "a", "version": "1.0", "vulns": []}, SAFE], None, 0,
         "2 versions looked up with osv: 0 known holes\n", ""),
        (None, [{"name": "a", "version": "1.0", "vulns": []}, UNKNOWN], 0,
         "1 versions looked up with pypi: 0 known holes\n",
         "warning: 1 of 2 versions were not looked up (pypi: Dependency not found on PyPI)\n"),
        (None, [UNKNOWN], 0, "",
         "warning: no version was looked up (osv: no route; pypi: Dependency not found on PyPI)\n"),
        (None, None, 0, "",
         "warning: no version was looked up (osv: no route; pypi: no route)\n"),
    ],
    ids=["a hole", "none", "the second list, in part", "both are silent", "offline"],
)  # fmt: skip
def test_what_is_known_of_the_pins_is_told(
    tmp_path: Path,
    osv: list[object] | None,
    pypi: list[object] | None,
    status: int,
    said: str,
    warned: str,
) -> None:
    (tmp_path / "pins.txt").write_text("# Pins\na==1.0\nb==1  # both of them\n")
    answers = {"osv": osv, "pypi": pypi}
    stub = tmp_path / "pip-audit"
    stub.write_text(
        f"#!{sys.executable}\n"
        "import json, sys\n"
        "assert sys.argv[sys.argv.index('--requirement') + 1].endswith('pins.txt')\n"
        f"answers = json.loads({json.dumps(answers)!r})\n"
        "found = answers[sys.argv[sys.argv.index('--vulnerability-service') + 1]]\n"
        "if found is None:\n"
        "    sys.exit('Traceback ...\\nno route')\n"
        "print(json.dumps({'dependencies': found, 'fixes': []}))\n"
        "sys.exit(any(one.get('vulns') for one in found))\n"
    )
    stub.chmod(0o755)
    command = [sys.executable, "-m", "tools.audit", stub, tmp_path / "pins.txt"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (result.returncode, result.stdout, result.stderr) == (status, said, warned)


def test_where_pip_audit_is_not_there_nothing_was_looked_up(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tools.audit", tmp_path / "pip-audit"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (result.returncode, result.stdout) == (0, "")
    assert result.stderr.startswith("warning: no version was looked up (osv: [Errno 2] ")
