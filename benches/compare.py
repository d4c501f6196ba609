#!/usr/bin/env python3
"""Times commands side by side and prints medians, ratios and whether limits hold.

    compare.py [--rounds N] [--limit NAME:WHAT=NUMBER]... 'NAME: COMMAND' 'NAME: COMMAND'...

The first command is the yardstick. Every round runs each command once; the order rotates from round to round, so that
no command always profits from what its neighbour left in a cache, and a machine that slows down slows all of them. One
round before the first is not counted. A ratio is the median over the rounds of wall time / the yardstick's wall time.

WHAT is `ratio`, `wall` (seconds), `cpu` (seconds, user and system) or `rss` (MiB). The exit code is 1 if a limit does
not hold, and 2 if a command fails, that is ends with anything but 0 or 1 (1 means "nothing matched" or "findings").
"""

import argparse
import os
import shlex
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass

UNITS = {"ratio": "x", "wall": " s", "cpu": " s", "rss": " MiB"}
FINE_CODES = (0, 1)


@dataclass(frozen=True)
class Command:
    name: str
    words: list[str]


@dataclass(frozen=True)
class Sample:
    wall: float
    cpu: float
    rss: float


@dataclass(frozen=True)
class Limit:
    name: str
    what: str
    most: float


def command(text):
    name, separator, line = text.partition(": ")
    if not separator or not line.strip():
        raise argparse.ArgumentTypeError(f"`{text}` is no command; write 'NAME: COMMAND'")
    return Command(name.strip(), shlex.split(line))


def limit(text):
    try:
        place, number = text.split("=")
        name, what = place.split(":")
        most = float(number)
    except ValueError:
        raise argparse.ArgumentTypeError(f"`{text}` is no limit; write NAME:WHAT=NUMBER") from None
    if what not in UNITS:
        raise argparse.ArgumentTypeError(f"`{what}` cannot be limited; take one of {', '.join(UNITS)}")
    return Limit(name, what, most)


def measure(run):
    """Runs a command once. The kernel counts time and memory, children that were waited for included."""
    began = time.perf_counter()
    try:
        child = subprocess.Popen(run.words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except OSError as error:
        print(f"compare.py: cannot run `{run.words[0]}`: {error.strerror}", file=sys.stderr)
        sys.exit(2)
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in FINE_CODES:
        print(f"compare.py: `{shlex.join(run.words)}` ended with {child.returncode}", file=sys.stderr)
        sys.exit(2)
    return Sample(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def measure_all(commands, rounds):
    samples = {each.name: [] for each in commands}
    for number in range(rounds + 1):
        turn = number % len(commands)
        for each in commands[turn:] + commands[:turn]:
            sample = measure(each)
            if number > 0:
                samples[each.name].append(sample)
    return samples


def medians(own, yardstick):
    ratios = (mine.wall / theirs.wall for mine, theirs in zip(own, yardstick))
    return {
        "wall": statistics.median(s.wall for s in own),
        "cpu": statistics.median(s.cpu for s in own),
        "rss": statistics.median(s.rss for s in own),
        "ratio": statistics.median(ratios),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9, metavar="N", help="rounds that count (default 9)")
    parser.add_argument("--limit", type=limit, action="append", default=[], metavar="NAME:WHAT=NUMBER")
    parser.add_argument("commands", type=command, nargs="+", metavar="NAME: COMMAND")
    args = parser.parse_args()
    names = [each.name for each in args.commands]
    if args.rounds < 1 or len(set(names)) < len(names):
        parser.error("at least one round, and every command a name of its own")
    for each in args.limit:
        if each.name not in names:
            parser.error(f"a limit names `{each.name}`, which is no command")

    samples = measure_all(args.commands, args.rounds)
    results = {name: medians(samples[name], samples[names[0]]) for name in names}
    width = max(map(len, names))
    print(f"{'':{width}}  {'wall s':>8}  {'cpu s':>8}  {'peak MiB':>8}  {'ratio':>6}")
    for name, result in results.items():
        wall, cpu, rss, ratio = (result[key] for key in ("wall", "cpu", "rss", "ratio"))
        print(f"{name:{width}}  {wall:8.4f}  {cpu:8.4f}  {rss:8.1f}  {ratio:6.2f}")

    missed = False
    for each in args.limit:
        value = results[each.name][each.what]
        holds = value <= each.most
        missed |= not holds
        verdict = "holds" if holds else "MISSED"
        print(f"{verdict}: {each.name} {each.what} {value:.4g}{UNITS[each.what]}, limit {each.most:g}{UNITS[each.what]}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
