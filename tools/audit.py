"""Looks the pinned versions up among the holes that are known, with pip-audit: make audit.

Run: python -m tools.audit PIP_AUDIT [constraints.txt]

Exit status 1 names each hole. Where no list of holes is within reach (there is no network, say),
it says that nothing was looked up, and the status is 0.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

PINS = Path(__file__).parents[1] / "constraints.txt"
SERVICES = ("osv", "pypi")  # the lists of holes; the second where the first cannot be asked
OPTIONS = ("--no-deps", "--disable-pip", "--progress-spinner", "off", "--format", "json")
LIMIT = 300.0  # seconds


def asked(pip_audit: str, pins: Path, service: str) -> tuple[list[dict[str, Any]], str]:
    """What one list says of each version; or nothing, and why not."""
    command = [pip_audit, *OPTIONS, "--vulnerability-service", service, "--requirement", str(pins)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT)
    except (OSError, subprocess.TimeoutExpired) as error:
        return [], str(error)
    try:
        found = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        return [], (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
    answers = [one for one in found if "vulns" in one]
    skipped = [one["skip_reason"] for one in found if "skip_reason" in one]
    return answers, skipped[0] if skipped else ""


def main(pip_audit: str, pins: Path = PINS) -> int:
    """Print what is known, and return the exit status."""
    lines = (line.split("#")[0].strip() for line in pins.read_text(encoding="utf-8").splitlines())
    total, reasons = sum("==" in line for line in lines), []
    for service in SERVICES:
        answers, why = asked(pip_audit, pins, service)
        if why:
            reasons.append(f"{service}: {why}")
        if answers:
            break
    holes = [(one, hole) for one in answers for hole in one["vulns"]]
    for one, hole in holes:
        mended = ", ".join(hole["fix_versions"]) or "no version yet"
        print(f"{one['name']} {one['version']}: {hole['id']}, mended in {mended}")
    if not answers:
        print(f"warning: no version was looked up ({'; '.join(reasons)})", file=sys.stderr)
    elif len(answers) < total:
        missed = f"{total - len(answers)} of {total} versions were not looked up"
        print(f"warning: {missed} ({reasons[-1] if reasons else service})", file=sys.stderr)
    if answers:
        names = len({hole["id"] for _, hole in holes})
        print(f"{len(answers)} versions looked up with {service}: {names} known holes")
    return 1 if holes else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], *map(Path, sys.argv[2:])))
