"""Runs every part of the race and prints one Markdown report."""

import argparse
import json
import os
import sys

DESCRIPTION = "Races lvs against its peers and against merely reading memory; prints Markdown."


def positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"got {text}, expected at least 1")
    return number


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("race.sh", description=DESCRIPTION)
    parser.add_argument("--binary", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--quick", action="store_true", help="small sizes, few rounds: no figures worth reporting")
    parser.add_argument("--rounds", type=positive, help="turns of every contender (default 15 in Rust, 5 in Python)")
    parser.add_argument("--threads", type=positive, default=2, help="the second thread count, and JAX's (default 2)")
    parser.add_argument("--seed", type=int, default=20_260, help="seed of all made-up data (default 20260)")
    parser.add_argument(
        "--skip",
        action="append",
        default=[],
        metavar="PART",
        choices=PARTS,
        help=f"leave out a part ({', '.join(PARTS)}); may be repeated",
    )
    parser.add_argument("--json", metavar="FILE", help="write the figures to FILE as well")
    return parser.parse_args()


PARTS = ("rust", "drift", "pairwise", "reputation")


def pin(threads: int) -> str:
    """Keeps the process on as many processors as contenders may have threads: JAX takes all that it sees."""
    if not hasattr(os, "sched_setaffinity"):
        return "this system cannot pin a process: JAX may use every processor"
    processors = sorted(os.sched_getaffinity(0))[:threads]
    if len(processors) < threads:
        return f"only {len(processors)} processors for {threads} threads"
    os.sched_setaffinity(0, processors)
    return f"the Python part is pinned to {threads} processors"


def main() -> int:
    args = options()
    from race import rust

    sections = [] if "rust" in args.skip else [rust.run(args)]
    if set(PARTS) - {"rust"} - set(args.skip):
        pinned = pin(args.threads)
        # Only now, so that no peer has counted the processors before.
        from race import peers

        sections += peers.run(args, pinned)
    title = "# The race" + (" (quick: sizes too small for figures)" if args.quick else "")
    print("\n\n".join([title, *(section.markdown() for section in sections)]))
    if args.json:
        with open(args.json, "w", encoding="utf-8") as file:
            json.dump([section.data() for section in sections], file, indent=2)
    return 0


if __name__ == "__main__":
    sys.exit(main())
