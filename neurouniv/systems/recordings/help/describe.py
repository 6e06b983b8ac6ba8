"""A recording on one screen: where it is from, what it holds, and what can and cannot be computed of it."""

from __future__ import annotations

import numpy as np
import xarray as xr

from neurouniv.memory import size_text
from neurouniv.names import public
from neurouniv.schema import InputError, history
from neurouniv.systems.recordings.checks.check import check_recording, tidy_labels
from neurouniv.systems.recordings.checks.values import Values, values_of
from neurouniv.systems.recordings.help.capabilities import Possible, possible
from neurouniv.systems.recordings.help.channel_labels import label_lines

WIDTH = 100
ROWS, COLUMNS, NAME = 10, 10, 20


@public
def describe(rec: xr.Dataset) -> str:
    """One screen of text: files, values, sessions, channels, time axis, runs, trials, what can be computed.

    Chunked (dask) activity is read once, a chunk at a time.

    Parameters
    ----------
    rec : recording, see `neurouniv.systems.recordings.checks.check.check_recording`, which raises what is wrong.

    Examples
    --------
    >>> rec = xr.Dataset({"activity": (("trial", "channel"), np.eye(4))}, {"condition": ("trial", list("abab"))})
    >>> print(describe(rec))
    4 trials, 4 channels, 2 conditions
    activity: 0 to 1 arbitrary, mean 0.25; no missing values
    sessions: none
    runs: none
    time within the trial: none
    trials per condition
      a     2
      b     2
    what can be computed
      learning: no, one session; learning_axis(rec, windows=...) makes sessions of windows of trials
      within the trial: no, there is no latency
      one RDM: yes, without a time axis; rsa(traj, models) compares it with models
      sqeuclidean, cosine, correlation: yes, of means, which noise makes too large
      mahalanobis: yes, the noise estimated from the 2 trials beyond one of each condition
      crossnobis, poisson_cv: no, there are no runs; with_runs(rec, runs=...) makes them
      h_var (needs 3 runs): no
      poisson: yes
    """
    if isinstance(rec, xr.Dataset) and "h" in rec:
        raise InputError(
            "`describe` lists what a recording holds; with `h` these are its RDMs, which `print` shows. "
            "`neurouniv.noise_ceiling(rdms)` gives their ceiling, `neurouniv.rsa(rdms, models)` compares them with "
            "models, `neurouniv.to_square(rdms)` shows the matrices."
        )
    rec = check_recording(rec)
    values = values_of(rec)
    lines = [
        *_from(rec),
        f"{_counted(rec.sizes['trial'], 'trial')}, {_counted(rec.sizes['channel'], 'channel')}, "
        f"{_counted(np.unique(rec.condition).size, 'condition')}",
        f"activity: {_values_text(values, rec)}",
        *([f"in chunks, read as needed; {size_text(rec.activity.nbytes)}"] if values.chunked else []),
        *rec.attrs.get("notes", "").splitlines(),
        *_subjects(rec),
        f"sessions: {_distinct(rec, 'session')}{_origin(rec, 'sessions_from')}",
        *_channels(rec),
        f"runs: {_distinct(rec, 'run')}",
        f"time within the trial: {_latencies(rec)}",
        *_targets(rec),
        *_table(rec),
        "what can be computed",
        *(f"  {line}" for line in _possible(possible(rec, values))),
    ]
    return "\n".join(_cut(line) for line in lines)


def _cut(line: str) -> str:
    return line if len(line) <= WIDTH else line[: WIDTH - 4] + " ..."


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _from(rec: xr.Dataset) -> list[str]:
    """The file or files that the recording was read from."""
    steps = [step["settings"] for step in history(rec) if step.get("step") == "read_recording"]
    files = (steps[-1].get("files") or [steps[-1]]) if steps else []
    names = [file.get("file") or file.get("format", "Dataset") for file in files]
    if not steps or not any("file" in file or "format" in file for file in files):
        return []
    kinds = " and ".join(dict.fromkeys(file.get("format", "a Dataset") for file in files))
    if len(files) == 1:
        return [f"from {names[0]}, {kinds}" if "file" in files[0] else f"from {kinds}"]
    return [f"from {len(files)} files (each {kinds}): {', '.join(names[:4])}{', ...' if len(names) > 4 else ''}"]


def _values_text(values: Values, rec: xr.Dataset) -> str:
    units = rec.activity.attrs.get("units", "arbitrary")
    missing = "no missing values" if not values.missing else f"{values.missing} of {values.count} values missing (NaN)"
    return f"{values.low:.4g} to {values.high:.4g} {units}, mean {values.mean:.4g}; {missing}"


def _subjects(rec: xr.Dataset) -> list[str]:
    if "subject" in rec.coords:
        return [f"subjects: {_distinct(rec, 'subject')}{_origin(rec, 'subjects_from')}"]
    return [f"subject: {rec.attrs['subject']}"] if "subject" in rec.attrs else []


def _origin(rec: xr.Dataset, name: str) -> str:
    return f", {rec.attrs[name]}" if rec.attrs.get(name) else ""


def _distinct(rec: xr.Dataset, name: str) -> str:
    if name not in rec.coords:
        return "none"
    labels = tidy_labels(np.unique(rec[name].values))
    return f"{labels.size} ({labels[0]})" if labels.size == 1 else f"{labels.size} ({labels[0]} ... {labels[-1]})"


def _channels(rec: xr.Dataset) -> list[str]:
    """How the channels of several files were matched, and how many each session has."""
    lines = []
    if rec.attrs.get("files_are") == "channels":
        lines += ["channels: of files side by side", f"trials: matched {rec.attrs.get('trials_matched', '')}"]
    if rec.attrs.get("channels_matched") == "never":
        lines.append('channels: kept apart by subject and session; match_channels="name" matches them by name')
    elif rec.attrs.get("channels_matched") == "table":
        lines.append(f"channels: {rec.attrs.get('cells_matched', 'matched by a table')}")
    elif "channels_matched" in rec.attrs:
        lines.append('channels: matched by name; match_channels="never" if names are not the same units in all')
    if "recorded" in rec.coords:
        counts = rec.recorded.values.sum(axis=1)
        labels, first = np.unique(_blocks(rec), return_index=True)
        counts_text = [f"{labels[i]}: {counts[first[i]]}" for i in np.argsort(first)]
        lines.append(f"channels recorded in each session: {', '.join(counts_text)}")
    return lines + label_lines(rec)


def _blocks(rec: xr.Dataset) -> np.ndarray:
    """A name for the subject and session of every trial."""
    parts = [rec[name].values.astype(str) for name in ("subject", "session") if name in rec.coords]
    return np.array(["/".join(labels) for labels in zip(*parts, strict=True)] or [""] * rec.sizes["trial"])


def _latencies(rec: xr.Dataset) -> str:
    if "latency" not in rec.dims:
        return "none"
    latency = rec.latency.values
    if latency.size == 1:
        return f"1 latency, {latency[0]:.4g} s"
    return f"{latency.size} latencies from {latency[0]:.4g} to {latency[-1]:.4g} s"


def _targets(rec: xr.Dataset) -> list[str]:
    """The targets that a field of the file gives, where one was named."""
    if "target" not in rec.coords:
        return []
    return [f"targets: {rec.target.attrs.get('field', 'target')}, {_distinct(rec, 'target')}"]


def _table(rec: xr.Dataset) -> list[str]:
    """Trials per condition, in order of appearance, and per session where there are some; long tables are cut."""
    conditions = np.array(list(dict.fromkeys(rec.condition.values.tolist())))
    session = rec.session.values if "session" in rec.coords else np.zeros(rec.sizes["trial"], dtype=int)
    sessions, s = np.unique(session, return_inverse=True)
    order = np.argsort(conditions)
    c = order[np.searchsorted(conditions[order], rec.condition.values)]
    count = np.bincount(c * sessions.size + s, minlength=conditions.size * sessions.size)
    count = count.reshape(conditions.size, sessions.size)
    shown = [name[:NAME] for name in conditions[:ROWS].tolist()]
    width = max(map(len, shown))
    head = [f"  {'':<{width}} " + _row(sessions)] if sessions.size > 1 else []
    lines = head + [f"  {name:<{width}} " + _row(row) for name, row in zip(shown, count, strict=False)]
    title = "trials per condition" + (" (rows) and session (columns)" if sessions.size > 1 else "")
    title += " of all subjects" if "subject" in rec.coords and np.unique(rec.subject).size > 1 else ""
    cut = [f"  ... {conditions.size - ROWS} more conditions"] if conditions.size > ROWS else []
    cut += [f"  ... {sessions.size - COLUMNS} more sessions"] if sessions.size > COLUMNS else []
    return [title, *lines, *cut]


def _row(values: np.ndarray) -> str:
    return " ".join(f"{value:>5}" for value in values[:COLUMNS])


def _possible(answers: list[Possible]) -> list[str]:
    return [
        f"{answer.what}: {'yes' if answer.yes else 'no'}{', ' if answer.why else ''}{answer.why}" for answer in answers
    ]
