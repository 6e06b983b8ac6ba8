"""What becomes of damaged and hostile files: recordings of every format, files of our own, studies.

    python benchmarks/fuzz.py run [--inputs 20000] [--seed 0] [--out DIR] [--only WORD ...]   # changed valid files
    python benchmarks/fuzz.py attacks [--only WORD ...]      # written by hand: bombs, pipes, false sizes
    python benchmarks/fuzz.py again DIR                      # files that failed before, read once more

Each file is read in a child with an end to its time and its memory. What is well: it is read, or refused by one
`InputError`. A file whose outcome is new becomes one that further ones are made of. Those that fail are kept in DIR.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))


from fuzz_parts.campaign import WELL, again, campaign
from fuzz_parts.children import Outcome


def main() -> None:
    """Print the outcomes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("run", "attacks", "again"))
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--inputs", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("fuzz_failures"))
    parser.add_argument("--only", nargs="+", default=[""])
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
        if given.what == "attacks":
            from fuzz_parts.attacks import attacks

            attacks(Path(place), given.only)
        elif given.what == "run":
            _told(campaign(Path(place), given.inputs, given.seed, given.out, given.only))
        else:
            _told(again(Path(place), given.folder))


def _told(outcomes: Iterator[Outcome]) -> None:
    """Print how many of each kind there were, of every seed, and what failed; Ctrl-C shows what is done till then."""
    table: dict[str, Counter[str]] = defaultdict(Counter)
    failures: Counter[str] = Counter()
    with suppress(KeyboardInterrupt):
        for number, outcome in enumerate(outcomes):
            table[outcome.seed][outcome.kind] += 1
            if outcome.kind not in WELL:
                failures[f"{outcome.seed} {outcome.kind}: {outcome.text[:150]} @ {outcome.place[-90:]}"] += 1
            if number % 1000 == 999:
                sys.stderr.write(f"{number + 1} files, {failures.total()} failures\n")
    _show(table, failures)


def _show(table: dict[str, Counter[str]], failures: Counter[str]) -> None:
    total = sum(table.values(), Counter())
    kinds = [kind for kind in (*WELL, "fault", "memory", "hang", "crash") if total[kind]]
    print("".join(f"{word:>14}" for word in ("", *kinds)))
    for name, counts in [*sorted(table.items()), ("all", total)]:
        print("".join(f"{word:>14}" for word in (name[:13], *(counts[kind] for kind in kinds))))
    for text, count in failures.most_common():
        print(f"{count:5d}  {text}")


if __name__ == "__main__":
    main()
