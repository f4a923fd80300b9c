"""Checks every contender against the scalar backend's bits, then times them in turns and prints Markdown."""

import argparse
import sys
from contextlib import redirect_stdout
from importlib.util import find_spec
from pathlib import Path

from race.__main__ import positive

from gpu_race import case, contender, field, report
from gpu_race.case import Case
from gpu_race.field import Field, say
from gpu_race.worker import Worker

DESCRIPTION = "Races lvs on a GPU against PyTorch, Warp, Triton and the device's copy bandwidth; prints Markdown."
SOFTWARE = "gpu:llvmpipe"
# Rows and cells: out of any cache on a device; small where a processor imitates one.
LARGE, SMALL = (8_192, 1_024), (32, 300)


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("gpu_race.sh", description=DESCRIPTION)
    parser.add_argument("--binary", type=Path, required=True, help="the built gpu_race (the script builds it without)")
    parser.add_argument("--backend", help=f"of lvs (default gpu, and {SOFTWARE} at small sizes if there is none)")
    parser.add_argument("--rows", type=positive, help=f"rows that move (default {LARGE[0]}; without a GPU {SMALL[0]})")
    parser.add_argument("--cells", type=positive, help=f"cells in a row (default {LARGE[1]}; without a GPU {SMALL[1]})")
    parser.add_argument("--rounds", type=positive, help="turns of every contender (default 15; without a GPU 3)")
    parser.add_argument("--seed", type=int, default=20_260, help="seed of all made-up data (default 20260)")
    parser.add_argument("--check", action="store_true", help="small sizes, compare the answers, time nothing")
    parser.add_argument("--skip", action="append", default=[], choices=list(field.PEERS), help="leave out a peer")
    parser.add_argument("--folder", type=Path, default=Path("target/gpu-race"), help="for data and written-out kernels")
    return parser.parse_args()


def cuda_device() -> str | None:
    """The name of PyTorch's GPU, if it has one."""
    if find_spec("torch") is None:
        return None
    import torch

    return torch.cuda.get_device_name(0) if torch.cuda.is_available() else None


def start(args: argparse.Namespace, device: str | None) -> Worker:
    """The Rust part on a real adapter; on the software adapter, saying so, if there is none and none was named."""
    large = LARGE if device and not args.check else SMALL
    worker = launch(args, args.backend or "gpu", large)
    if worker.reason and not args.backend:
        say(f"no real GPU for lvs: {worker.reason}")
        worker.close()
        worker = launch(args, SOFTWARE, SMALL)
    return worker


def launch(args: argparse.Namespace, backend: str, sizes: tuple[int, int]) -> Worker:
    rows, cells = args.rows or sizes[0], args.cells or sizes[1]
    say(f"lvs: {rows} rows of {cells} cells on {backend}, checked against scalar")
    return Worker.start(args.binary, backend, (rows, cells), args.seed, args.folder / "data")


def is_real(worker: Worker, device: str | None) -> bool:
    """Whether lvs and PyTorch race on the same real GPU."""
    lvs = worker.header["lvs"]
    if device is None or worker.reason or lvs["software"]:
        return False
    if device not in lvs["device"]:
        choose = "choose with --backend or CUDA_VISIBLE_DEVICES"
        raise SystemExit(f"lvs runs on {lvs['device']}, PyTorch on {device}: {choose}")
    return True


def check(args: argparse.Namespace, worker: Worker, data: Case) -> Field:
    found = field.gather(data, args, args.folder / "kernels")
    if worker.reason:
        found.not_run.append(f"lvs: {worker.reason}")
    else:
        found.contenders += worker.contenders()
    return found


def race(args: argparse.Namespace, worker: Worker, data: Case, found: Field, real: bool) -> report.Section:
    raced = [*found.contenders, *(contender.fastest(group) for group in found.groups if group[0].seconds)]
    if find_spec("torch") is not None and "torch" not in args.skip:
        from gpu_race import peer_torch

        raced.insert(0, peer_torch.copy())
    say(f"timing {len(raced)} contenders in turns")
    rounds, turn = (args.rounds or 15, contender.TURN) if real else (args.rounds or 3, 0.0)
    timings = contender.take_turns(raced, rounds, turn)
    return report.times(data, raced, timings, worker, real)


def main() -> int:
    args = options()
    device = cuda_device()
    worker = start(args, device)
    real = is_real(worker, device)
    data = case.load(args.folder / "data", worker.header)
    # Some peers print as they start; standard output is for the report.
    with redirect_stdout(sys.stderr):
        found = check(args, worker, data)
        sections = [] if args.check else [race(args, worker, data, found, real)]
    sections.insert(0, report.answers(data, worker, found, real))
    worker.close()
    print("\n\n".join([report.title(args), *(section.markdown() for section in sections)]))
    for line in (*found.failures, *(f"NOT RUN: {reason}" for reason in found.not_run)):
        print(line, file=sys.stderr)
    if args.check:
        print(report.passed_line(found))
    return 1 if found.failures else 0


if __name__ == "__main__":
    sys.exit(main())
