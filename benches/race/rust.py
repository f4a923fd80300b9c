"""The Rust part: drift against summing the same streams, level by level."""

import argparse
import json
import subprocess

from race.report import Check, Section

HEADINGS = ["scene", "what", "with", "threads", "ns/cell", "best", "GB/s", "× stream sum"]
KEYS = ["scene", "what", "with", "threads", "median", "best", "gigabytes", "ratio"]


def run(args: argparse.Namespace) -> Section:
    command = [args.binary, "--json", "--seed", str(args.seed), "--threads", str(args.threads)]
    command += ["--quick"] if args.quick else []
    command += ["--rounds", str(args.rounds)] if args.rounds else []
    report = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    machine = ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in report["machine"].items())
    rows = [[measurement[key] for key in KEYS] for measurement in report["measurements"]]
    checks = [Check(**check) for check in report["checks"]]
    return Section("Drift against reading memory", HEADINGS, [machine, *report["notes"]], rows, checks)
