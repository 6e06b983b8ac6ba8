"""Next steps where a system is undecided: the data that are missing, or the command that says how many it takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from neurouniv.rdm.classes import condition_names
from neurouniv.schema import history
from neurouniv.universality.sentence_parts import percent
from neurouniv.universality.trial.learners import BRAINS, EXPLORATORY, NETWORK, Learner
from neurouniv.universality.verdict.rule import CANNOT_TELL

START = "`traj.assign(start_var=neurouniv.start_ceiling(traj).start_var)`"
NO_NOISE = (
    "The noise of its distances is not known. Record repeats in at least three runs, and use "
    "`neurouniv.trajectory(recording, task, metric='crossnobis')`."
)
LEAST_CONDITIONS = 16
"""With fewer the verdict can hardly say universal (`neurouniv.verdict`, `benchmarks/`)."""


def settle(row: Mapping[str, Any], learner: Learner, share: float) -> str:
    """The next step in words, with the system's own numbers; "" where the system is decided."""
    if learner.role == EXPLORATORY:
        return "Record over learning: its times have to be sessions or windows of trials."
    if row["decision"] != CANNOT_TELL:
        return ""
    conditions = len(condition_names(learner.traj))
    if not np.isfinite(row["nearest_p"]):
        return (
            f"With {conditions} conditions the errors of differences between laws cannot be estimated. Record or train "
            "more conditions."
        )
    if not np.isfinite(row["r2_most"]):
        return NO_NOISE
    reasons = (
        [f"does not predict significantly better than {row['untold'].replace(', ', ' or ')}"] if row["untold"] else []
    )
    reasons += [f"stays below {percent(share)} of its ceiling"] * (row["r2"] < share * row["r2_most"])
    why = (
        "The law "
        f"{' and '.join(reasons) or 'does not reach the ceiling of outputs, or a repetition would explain nothing'}. "
    )
    if learner.kind == NETWORK and "start_var" not in learner.traj:
        why += f"Its noise ceiling is not known; this computes it: {START}. "
    if learner.kind in BRAINS:
        return why + _command(learner, conditions)
    more = f" It has {conditions}; use {LEAST_CONDITIONS} or more." if conditions < LEAST_CONDITIONS else ""
    return f"{why}More conditions separate the laws better.{more}"


def _command(learner: Learner, conditions: int) -> str:
    """The call that says how many sessions, conditions and repeats it takes, with what is known of this system."""
    sessions, design = learner.traj.sizes["time"], _design(learner)
    options = [f"--sessions {sessions} {2 * sessions}", f"--conditions {conditions}"]
    if "repeats" in design:
        options.append(f"--repeats {design['repeats']} {2 * design['repeats']}")
    options.append(f"--snr {design['snr']:g}" if "snr" in design else "--snr SNR")
    file = learner.traj.attrs.get("file", "TRAJECTORY.nc")
    command = f"This says how much data it takes: neurouniv plan {file} {' '.join(options)} --studies 30 --rough"
    notes = [] if "snr" in design else ["SNR: `neurouniv.estimate_snr(recording)` measures it"]
    notes += [] if "file" in learner.traj.attrs else ["TRAJECTORY.nc: the saved trajectory of this system"]
    return f"{command} ({'; '.join(notes)})." if notes else f"{command}."


def _design(learner: Learner) -> dict[str, Any]:
    """Repeats and signal to noise of a trial, where the history of the trajectory tells them."""
    design: dict[str, Any] = {}
    for line in history(learner.traj):
        settings = line.get("settings") or {}
        design |= {name: settings[name] for name in ("repeats", "snr") if isinstance(settings.get(name), int | float)}
    return design
