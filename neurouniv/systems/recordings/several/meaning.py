"""What several files are: sessions (or runs) of the same channels, or channels of the same session."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Sequence
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
    shared = [key for key, count in Counter(places_of(parts)).items() if count > 1]
    if match_channels == "never" and shared:
        if files == SESSIONS:
            raise InputError(
                'Several files hold the same session, and match_channels="never" says that their channels differ: then '
                f'they lie side by side, files="{CHANNELS}". To join their trials instead, leave `match_channels` out.'
            )
        return True
    if files is None and (doubt := _doubt(parts, sessions_from, bool(shared))):
        raise InputError(
            f"{doubt} Say what they are. A neuron (electrode, probe) each, side by side as one population: "
            'files="channels". The same channels on several days or in parts of one, one after the other: '
            'files="sessions". In a shell: --map files=channels'
        )
    return False


def places_of(parts: Sequence[Part]) -> list[tuple[str, str, str]]:
    """The subject, session and run of every file; "" for what not all files have one of."""
    columns = []
    for name in ("subject", "session", "run"):
        kinds = [np.unique(part.rec[name].values) if name in part.rec.coords else np.array([]) for part in parts]
        columns.append([str(kind[0]) if all(k.size == 1 for k in kinds) else "" for kind in kinds])
    return list(zip(*columns, strict=True))


def _doubt(parts: Sequence[Part], sessions_from: str, shared: bool) -> str:
    """Why files may be channels, though nobody said so; "" where they are not."""
    sizes = {part.rec.sizes["channel"] for part in parts}
    names = [Path(part.name).stem for part in parts]
    sessions = {session for _, session, _ in places_of(parts)}
    is_told = sessions_from == TOLD or sessions_from.startswith(f"{TOLD},")
    if sizes == {1} and (shared or (len(sessions) > 1 and not is_told)):
        return f"Each of the {len(parts)} files ({some(names, 3)}) has one channel."
    if sessions_from == ORDER and all(map(CALLED_LIKE_CHANNELS.search, names)):
        return f"The {len(parts)} files ({some(names, 3)}) are called like channels and do not say their sessions."
    if shared and _disjoint(parts):
        return f"The {len(parts)} files ({some(names, 3)}) are of one session, and some share no channel."
    return ""


def _disjoint(parts: Sequence[Part]) -> bool:
    """Whether two files of one place share no channel."""
    first_of: dict[Hashable, set[str]] = {}
    for part, place in zip(parts, places_of(parts), strict=True):
        channels = set(part.rec.channel.values.astype(str))
        if not first_of.setdefault(place, channels) & channels:
            return True
    return False
