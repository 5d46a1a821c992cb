"""Run every benchmark, each in a process of its own, and say which were left out and why."""

import subprocess
import sys

SCRIPTS = (
    "alignment",
    "voting",
    "twins",
    "neural",
    "context",
    "few",
    "domains",
    "unequal",
    "texts",
    "fuse",
    "labels",
    "waiting",
    "harm",
    "speed",
    "meta_speed",
    "coverage",
    "overlap",
    "certificate",
    "lattice",
    "path_speed",
    "diversity",
    "design",
    "rewards",
    "sampling",
    "rounds",
    "dissent",
    "where_rl_wins",
    "formality",
    "fluency",
    "multilingual_fluency",
    "embedded",
    "first_request",
    "start_up",
    "load",
    "overload",
    "attack",
    "costs",
    "feedback",
    "faults",
)


def main() -> int:
    """Return 0 if every script ran, else the last failure's status."""
    status = 0
    for script in SCRIPTS:
        print(f"\n## {script}\n", flush=True)
        done = subprocess.run([sys.executable, "-m", f"benchmarks.{script}"], check=False)
        status = done.returncode or status
    return status


if __name__ == "__main__":
    sys.exit(main())
