"""The figures and the targets as Markdown."""

import argparse
import os
import platform
import shlex
import sys

from race.report import Check, Section
from race.timing import Timing

from gpu_race.case import Case
from gpu_race.contender import Contender
from gpu_race.field import Field
from gpu_race.worker import LVS, Worker

HEADINGS = ["drift", "with", "ms a cycle", "best", "GB/s", "part of copy", "× lvs"]
NAMES = {"trim": "trimming, K = 15", "average": "averaging, K = 15", "copy": ""}
MEANINGLESS = (
    "NO REAL GPU on which lvs and PyTorch could both run: software adapters and this processor take its place. Answers "
    "count; TIMES MEAN NOTHING and no target is held against them"
)


def notes(case: Case, worker: Worker, field: Field, real: bool) -> list[str]:
    lvs = worker.header["lvs"]
    return [
        *([] if real else [MEANINGLESS]),
        f"command: `{os.environ.get('GPU_RACE_COMMAND') or shlex.join(sys.argv)}`",
        f"lvs: {lvs.get('device') or 'NOT RUN: ' + lvs['reason']}",
        f"Python {platform.python_version()}; {'; '.join(field.about)}",
        f"{case.rows} rows that move with {case.neighbours} neighbours of their own each, {case.cells} cells, "
        f"{case.bytes / 1e6:.0f} MB a cycle: own value, anchor and neighbours read, one value written",
    ]


def answers(case: Case, worker: Worker, field: Field, real: bool) -> Section:
    """Who gave the scalar backend's bits, and who did not."""
    about = "values, residuals and VaultGuard's four counters are compared with the scalar backend's, bit for bit"
    headings = ["drift", "with", "equal to the scalar backend"]
    section = Section("Answers", headings, [*notes(case, worker, field, real), about])
    section.rows = [[NAMES[each.kind], each.name, "yes"] for each in field.checked if each.kind in case.expected]
    section.notes += [f"FAILED: {failure}" for failure in field.failures]
    section.notes += [f"NOT RUN: {reason}" for reason in field.not_run]
    return section


def times(case: Case, raced: list[Contender], timings: list[Timing], worker: Worker, real: bool) -> Section:
    by_name = {(each.kind, each.name): timing for each, timing in zip(raced, timings, strict=True)}
    copy = next((rate(each, timing, case) for each, timing in zip(raced, timings, strict=True) if each.bytes), None)
    name = "Times" if real else "Times, which mean nothing here"
    section = Section(name, HEADINGS, [f"lvs is timed by {worker.clock}"])
    for each, timing in zip(raced, timings, strict=True):
        lvs = by_name.get((each.kind, LVS))
        figures = timing.median * 1e3, timing.best * 1e3, rate(each, timing, case)
        part = rate(each, timing, case) / copy if copy else None
        section.rows.append([NAMES[each.kind], each.name, *figures, part, timing.ratio_to(lvs) if lvs else None])
    if real and copy:
        section.checks = targets(by_name, copy, case)
    return section


def rate(contender: Contender, timing: Timing, case: Case) -> float:
    """10^9 bytes in a second that must be moved."""
    return (contender.bytes or case.bytes) / timing.median / 1e9


def targets(by_name: dict[tuple[str, str], Timing], copy: float, case: Case) -> list[Check]:
    """Those of them for which both sides were timed."""
    trim = {name: timing for (kind, name), timing in by_name.items() if kind == "trim"}
    average = by_name.get(("average", LVS))
    lvs = trim.get(LVS)
    if lvs is None or average is None:
        return []
    parts = [("trimming", lvs, 0.70), ("averaging", average, 0.85)]
    checks = [
        Check.at_least(f"{name}: lvs, part of the copy bandwidth", case.bytes / timing.median / 1e9 / copy, bound)
        for name, timing, bound in parts
    ]
    rivals = {"sort": ("best PyTorch with a sort", 20.0), "Warp": ("Warp", 3.0), "Triton": ("Triton", 3.0)}
    for part, (name, bound) in rivals.items():
        theirs = [timing.ratio_to(lvs) for rival, timing in trim.items() if part in rival]
        checks += [Check.at_least(f"trimming: {name}, × lvs", min(theirs), bound)] if theirs else []
    return checks


def passed_line(field: Field) -> str:
    """The answers as test runners count them."""
    word = "FAILED" if field.failures else "ok"
    counts = f"{len(field.checked)} passed; {len(field.failures)} failed; {len(field.not_run)} skipped"
    return f"test result: {word}. {counts}"


def title(args: argparse.Namespace) -> str:
    return "# The race of the GPU" + (" (answers only)" if args.check else "")
