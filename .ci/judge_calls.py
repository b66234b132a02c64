"""Whether each system call of a list is inside of a unit's SystemCallFilter."""

import re
import subprocess
import sys

# Made by root alone (files are given to the directory's owner, by SQLite, too), and the unit's user is not root.
OF_ROOT = {"chown", "fchown", "lchown"}


def calls_of(name):
    """The calls of a group, or the one of that name."""
    if not name.startswith("@"):
        return {name}
    told = subprocess.run(["systemd-analyze", "syscall-filter", name], check=True, capture_output=True, text=True).stdout
    lines = [line.strip() for line in told.splitlines()[1:]]
    return set().union(*(calls_of(line) for line in lines if line and not line.startswith("#")))


def allowed_by(unit):
    allowed = set()
    with open(unit, encoding="utf-8") as file:
        for negated, names in re.findall(r"^SystemCallFilter=(~?)(.*)$", file.read(), re.M):
            for name in names.split():
                allowed = allowed - calls_of(name) if negated else allowed | calls_of(name)
    return allowed


def main(unit, calls):
    with open(calls, encoding="utf-8") as file:
        seen = set(file.read().split()) - OF_ROOT
    outside = sorted(seen - allowed_by(unit))
    print(f"{len(seen)} system calls seen, {len(outside)} outside of the filter: {' '.join(outside)}")
    return 1 if outside or len(seen) < 30 else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
