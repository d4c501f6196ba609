#!/usr/bin/env python3
"""Measure how often each rule is right, and write the figures that docs/rules.md shows.

usage: measure.py PROGRAM LABELLED NAME --clean NAME=DIR... [--cross-validated PRECISION RECALL F1] [--out measured.json]

PROGRAM            the ringfence binary
LABELLED           folder with data/<repository>/... and meta/<repository>.csv in CredData's format
NAME               what to call it on the page
--clean NAME=DIR   public code that nobody labelled; the name with its version, such as "Linux 6.1.192=../linux"
--cross-validated  what train.py prints at the threshold; left out, the figures of the last measurement stay

The page itself is written by the program, which has to be built again first:

    cargo run --release -- rules list --format markdown > docs/rules.md

Only the standard library is used.
"""
import argparse, collections, csv, datetime, glob, json, os, subprocess, sys

HERE = os.path.dirname(os.path.abspath(__file__))


def labelled_lines(root):
    """Lines that hold a credential, as (path, line)."""
    lines = set()
    for path in sorted(glob.glob(os.path.join(root, "meta", "*.csv"))):
        with open(path, newline="") as rows:
            for row in csv.DictReader(rows):
                if row["GroundTruth"] == "T":
                    lines.update((row["FilePath"], n) for n in range(int(row["LineStart"]), int(row["LineEnd"]) + 1))
    return lines


def scanned(program, folder, inside="."):
    """(findings, files, lines) of everything below `inside` in `folder`."""
    command = [program, "scan", inside, "--no-ignore", "--all", "--format", "jsonl"]
    out = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE)
    if out.returncode not in (0, 1):
        sys.exit(f"the scan of {inside} in {folder} is incomplete or failed: exit {out.returncode}")
    objects = [json.loads(line) for line in out.stdout.decode().splitlines()]
    head = next(o for o in objects if o["type"] == "report")
    tail = next(o for o in objects if o["type"] == "summary")
    if tail["unlisted"]:
        print(f"note: {sum(u['critical'] + u['high'] + u['medium'] + u['low'] for u in tail['unlisted'])} findings of files "
              f"with too many in {folder} are not counted", file=sys.stderr)
    top = os.path.join(folder, inside)
    lines = sum(count(os.path.join(where, name)) for where, folders, names in os.walk(top) if not skipped(folders) for name in names)
    return [o for o in objects if o["type"] == "finding"], head["coverage"]["files"], lines


def skipped(folders):
    """Leaves git's own folder out of a walk."""
    folders[:] = [f for f in folders if f != ".git"]


def count(path):
    """Lines of a file, 0 for what is no file."""
    if os.path.islink(path) or not os.path.isfile(path):
        return 0
    with open(path, "rb") as file:
        return sum(piece.count(b"\n") for piece in iter(lambda: file.read(1 << 20), b""))


def is_right(finding, root, lines):
    path = finding["path"] if finding["path"].startswith("data/") else "data/" + finding["path"]
    return any((path, n) in lines for n in range(finding["start"]["line"], finding["end"]["line"] + 1))


def measured(arguments):
    program = os.path.abspath(arguments.program)
    listing = subprocess.run([program, "rules", "list", "--format", "jsonl"], stdout=subprocess.PIPE, check=True).stdout
    tallies = {json.loads(line)["id"]: collections.Counter() for line in listing.decode().splitlines()}
    tier = lambda finding: "low" if finding["confidence"] == "low" else "reported"
    truth = labelled_lines(arguments.labelled)
    findings, files, lines = scanned(program, arguments.labelled, "data")
    for finding in findings:
        tallies[finding["rule"]][tier(finding), "right" if is_right(finding, arguments.labelled, truth) else "wrong"] += 1
    labelled = dict(name=arguments.name, files=files, lines=lines)
    clean = []
    for name, folder in (word.rsplit("=", 1) for word in arguments.clean):
        findings, files, lines = scanned(program, folder)
        clean.append(dict(name=name, files=files, lines=lines))
        for finding in findings:
            tallies[finding["rule"]][tier(finding), "clean"] += 1
    return program, labelled, clean, tallies


def figures(tally):
    """`{}` for a rule that did not fire."""
    tiers = {}
    for tier in ("reported", "low"):
        numbers = {kind: tally[tier, kind] for kind in ("right", "wrong", "clean")}
        if any(numbers.values()):
            tiers[tier] = numbers
    return tiers


def cross_validated(arguments):
    with open(os.path.join(HERE, "generic.json")) as model:
        threshold = json.load(model)["medium"]
    if arguments.cross_validated:
        precision, recall, f1 = arguments.cross_validated
        return dict(folds=5, threshold=threshold, precision=precision, recall=recall, f1=f1)
    with open(arguments.out) as last:
        return json.load(last)["cross_validated"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program"), parser.add_argument("labelled"), parser.add_argument("name")
    parser.add_argument("--clean", action="append", default=[], metavar="NAME=DIR")
    parser.add_argument("--cross-validated", nargs=3, type=float, metavar=("PRECISION", "RECALL", "F1"))
    parser.add_argument("--out", default=os.path.join(HERE, "..", "measured.json"))
    arguments = parser.parse_args()
    score = cross_validated(arguments)
    program, labelled, clean, tallies = measured(arguments)
    version = subprocess.run([program, "--version"], stdout=subprocess.PIPE, check=True).stdout.decode().split()[-1]
    head = dict(date=datetime.date.today().isoformat(), program=version, labelled=labelled, clean=clean, cross_validated=score)
    rules = ",\n".join(f"  {json.dumps(rule)}: {json.dumps(figures(tally))}" for rule, tally in sorted(tallies.items()))
    with open(arguments.out, "w") as out:
        out.write(json.dumps(head, indent=1)[:-2] + ',\n "rules": {\n' + rules + "\n }\n}\n")


if __name__ == "__main__":
    main()
