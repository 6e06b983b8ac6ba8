"""Options that have a new name: the old one works for a release, and says what it is called now."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Renamed:
    """The new name of an option, the new words of its values, and the end of values that it is for (default all)."""

    option: str
    values: dict[str, str] = field(default_factory=dict)
    ends: str = ""


OLD: dict[tuple[str, ...], dict[str, Renamed]] = {
    ("demo",): {"--fast": Renamed("--quick")},
    ("datasets",): {"--split": Renamed("--part")},
    ("rdm",): {
        "--noise": Renamed("--noise-precision"),
        "--folds": Renamed("--runs"),
        "--time": Renamed("--axis", {"session": "learning", "latency": "within_trial"}),
    },
    ("compare",): {"--repeats": Renamed("--partitions"), "--bootstrap": Renamed("--resamples")},
    ("rules",): {
        "--repeats": Renamed("--partitions"),
        "--bootstrap": Renamed("--resamples"),
        "--subjects": Renamed("--members"),
    },
    ("universality",): {
        "--repeats": Renamed("--partitions"),
        "--bootstrap": Renamed("--resamples"),
        "--save": Renamed("--out"),
        "--jobs": Renamed("--workers"),
        "--out": Renamed("--report", ends=".html"),
    },
    ("study", "check"): {"--out": Renamed("--folder")},
    ("study", "sbatch"): {"--partition": Renamed("--queue")},
}
"""By the words of a command, and the old name."""


def renewed(words: Sequence[str], warn: Callable[[str], object]) -> list[str]:
    """The words of a command line with new names in place of old ones.

    warn : called with a sentence about each old name.

    Examples
    --------
    >>> renewed(["rdm", "a.nc", "--time", "latency", "--folds=4"], print)
    --time latency is called --axis within_trial now; the old name goes with the next release.
    --folds is called --runs now; the old name goes with the next release.
    ['rdm', 'a.nc', '--axis', 'within_trial', '--runs=4']
    """
    names = next((old for command, old in OLD.items() if tuple(words[: len(command)]) == command), {})
    new: list[str] = []
    queue = list(words)
    while queue and queue[0] != "--":
        word = queue.pop(0)
        option, equals, value = word.partition("=")
        known = names.get(option)
        given = value if equals else (queue[0] if queue else "")
        if known is None or not given.endswith(known.ends):
            new.append(word)
            continue
        said = known.values.get(given)
        old_text, new_text = (option, known.option) if said is None else (f"{option} {given}", f"{known.option} {said}")
        warn(f"{old_text} is called {new_text} now; the old name goes with the next release.")
        if said is not None and not equals:
            queue.pop(0)
            new += [known.option, said]
        else:
            new.append(f"{known.option}{equals}{value if said is None else said}")
    return new + queue
