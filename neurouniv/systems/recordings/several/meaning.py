"""What several files are: sessions (or runs) of the same channels, or channels of the same session."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from neurouniv.schema import InputError, some
from neurouniv.systems.recordings.several.concatenate import Part
from neurouniv.systems.recordings.several.sessions import ORDER, TOLD

SESSIONS, CHANNELS = "sessions", "channels"
WORDS = "unit|neuron|cell|chan|channel|ch|electrode|elec|tetrode|tt|shank|probe|cluster|site|roi|voxel"
CALLED_LIKE_CHANNELS = re.compile(rf"(?:^|[^a-z])(?:{WORDS})[-_ ]?\d", re.IGNORECASE)


def are_channels(parts: Sequence[Part], sessions_from: str, files: str | None, match_channels: object) -> bool:
    """Whether files lie side by side as channels of one session, and not one after the other.

    files : "channels" or "sessions", as the user said; None: one after the other, unless channels of one session are
        said never to match.

    Raises
    ------
    InputError : the user has to say: every file has one channel, or names sound like those of channels, or files of
        one session share no channel; or what the user said is a contradiction.
    """
    if files not in (None, SESSIONS, CHANNELS):
        raise InputError(f'`files` is "{SESSIONS}" or "{CHANNELS}"; got {files!r}.')
    if files == CHANNELS or len(parts) == 1:
        return files == CHANNELS
    shared = len(of_one_session(parts)) < len(parts)
    if match_channels == "never" and shared:
        if files == SESSIONS:
            raise InputError(
                'Several files hold the same session, and match_channels="never" says that their channels differ: then '
                f'they lie side by side, files="{CHANNELS}". To join their trials instead, leave `match_channels` out.'
            )
        return True
    if files is None and (doubt := _doubt(parts, sessions_from, shared)):
        raise InputError(
            f"{doubt} Say what they are. A neuron (electrode, probe) each, side by side as one population: "
            'files="channels". The same channels on several days or in parts of one, one after the other: '
            'files="sessions". In a shell: `--map files=channels`.'
        )
    return False


def of_one_session(parts: Sequence[Part]) -> list[list[Part]]:
    """The files that are of the same subject, session and run (or have one of their sessions in common) together."""
    has_one_run = all("run" in part.rec.coords and np.unique(part.rec.run.values).size == 1 for part in parts)
    groups: list[tuple[set[tuple[str, ...]], list[Part]]] = []
    for part in parts:
        held, members = places_of(part, ("subject", "session", *(("run",) if has_one_run else ()))), [part]
        together = [group for group in groups if group[0] & held]
        for group in together:
            held, members = held | group[0], [*group[1], *members]
        groups = [group for group in groups if group not in together] + [(held, members)]
    return [members for _, members in groups]


def places_of(part: Part, names: Sequence[str] = ("subject", "session")) -> set[tuple[str, ...]]:
    """The subjects and sessions that a file holds; "" where it does not say."""
    absent = np.full(part.rec.sizes["trial"], "")
    columns = [part.rec[name].values.astype(str) if name in part.rec.coords else absent for name in names]
    return set(zip(*(column.tolist() for column in columns), strict=True))


def _doubt(parts: Sequence[Part], sessions_from: str, shared: bool) -> str:
    """Why files may be channels, though nobody said so; "" where they are not."""
    sizes = {part.rec.sizes["channel"] for part in parts}
    names = [Path(part.name).stem for part in parts]
    sessions = {session for part in parts for _, session in places_of(part)}
    is_told = sessions_from == TOLD or sessions_from.startswith(f"{TOLD},")
    if sizes == {1} and (shared or (len(sessions) > 1 and not is_told)):
        return f"Each of the {len(parts)} files ({some(names, 3)}) has one channel."
    if sessions_from == ORDER and all(map(CALLED_LIKE_CHANNELS.search, names)):
        return f"The {len(parts)} files ({some(names, 3)}) are called like channels and do not say their sessions."
    if shared and _disjoint(parts):
        return f"The {len(parts)} files ({some(names, 3)}) are of one session, and some share no channel."
    return ""


def _disjoint(parts: Sequence[Part]) -> bool:
    """Whether two files of one session share no channel."""
    for group in of_one_session(parts):
        first, *others = (set(part.rec.channel.values.astype(str)) for part in group)
        if any(not first & other for other in others):
            return True
    return False
