#!/usr/bin/env python3
"""Counts which four bytes are met most often in source text, for the prefilter: writes src/rule/windows.txt.

    windows.py OUT DIR...

Every DIR weighs the same: give one for each language. Bytes are folded as the prefilter folds them (`| 0x20`), bytes beyond ASCII
left out. The output lists windows by rank, sixteen a line; the dot at the end keeps blanks before it. `_` stands for its folded form.
"""
import collections, os, random, sys

SHARE = 12 << 20
WINDOWS = 8192
FOLD = bytes(byte | 0x20 for byte in range(256))


def sample(root):
    """Some of the text below `root`: whole files, in an order that is random but the same each time."""
    files = sorted(os.path.join(d, f) for d, _, names in os.walk(root) for f in names)
    random.Random(1).shuffle(files)
    text = bytearray()
    for path in files:
        if len(text) >= SHARE:
            break
        if os.path.isfile(path) and "/.git/" not in path:
            with open(path, "rb") as file:
                content = file.read(1 << 18)
            if b"\0" not in content:
                text += content
    return bytes(text).translate(FOLD)


def main():
    out, *roots = sys.argv[1:]
    shares = collections.Counter()
    for root in roots:
        text = sample(root)
        for window, count in collections.Counter(text[at : at + 4] for at in range(len(text) - 3)).items():
            if window.isascii():
                shares[window] += count / len(text)
    common = sorted(shares, key=lambda window: (-shares[window], window))[:WINDOWS]
    with open(out, "w", encoding="ascii") as file:
        for at in range(0, WINDOWS, 16):
            file.write(b"".join(common[at : at + 16]).decode().replace("\x7f", "_") + ".\n")


main()
