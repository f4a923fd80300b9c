"""Runs the main job of README.md and draws its report, as printed, into docs/swarm.svg.

    python3 docs/picture.py [--seed N]

The seed decides what is drawn at random; the operating system still schedules a hundred processes, so times and
traffic differ a little from run to run. Nothing but Python's standard library is needed.
"""

import argparse
import pathlib
import subprocess
import sys
from xml.sax.saxutils import escape

COMMAND = "cargo run --release -- swarm --loss 0.2 --hostile 0.2 --corrupt 50"
ROOT = pathlib.Path(__file__).resolve().parent.parent
LINE, COLUMN, MARGIN = 19, 8.1, 18


def report(command: str) -> list[str]:
    run = subprocess.run(command.split(), cwd=ROOT, stdout=subprocess.PIPE, text=True)
    if run.returncode != 0:
        sys.exit(f"{command}: exit code {run.returncode}, so there is nothing to show\n{run.stdout}")
    return [f"$ {command}", "", *run.stdout.rstrip().splitlines()]


def drawing(lines: list[str]) -> str:
    width = round(2 * MARGIN + COLUMN * max(map(len, lines)))
    height = 2 * MARGIN + LINE * len(lines)
    texts = (
        f'<text x="{MARGIN}" y="{MARGIN + LINE * i + 13}" textLength="{COLUMN * len(line):g}">{escape(line)}</text>'
        for i, line in enumerate(lines)
        if line
    )
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">',
        "<title>The report of one run of lvs swarm</title>",
        '<rect width="100%" height="100%" rx="8" fill="#16202c"/>',
        '<g font-family="ui-monospace, DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="13.5" '
        'fill="#dfe7ef" xml:space="preserve">',
        *texts,
        "</g>",
        "</svg>",
        "",
    ])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, help="default: the one of lvs swarm")
    seed = parser.parse_args().seed
    command = COMMAND if seed is None else f"{COMMAND} --seed {seed}"
    (ROOT / "docs" / "swarm.svg").write_text(drawing(report(command)), encoding="utf-8")


if __name__ == "__main__":
    main()
