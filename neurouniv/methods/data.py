"""Sentences on data: tasks, networks, simulated brains, recordings, and the RDMs made of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from neurouniv.datasets.registry import registry
from neurouniv.methods.citing import cite, plain
from neurouniv.methods.words import Settings, counted, listed, rest, said, seeds, value

RULES = {
    "backprop": "rumelhart1986learning", "feedback_alignment": "lillicrap2016random",
    "direct_feedback_alignment": "nokland2016direct", "kolen_pollack": "kolen1994backpropagation",
    "weight_mirror": "akrout2019deep", "weight_decay": "krogh1991simple", "weight_perturbation": "werfel2005learning",
    "node_perturbation": "werfel2005learning", "hebbian": "fremaux2016neuromodulated",
    "predictive_coding": "whittington2017approximation", "lazy": "jacot2018neural",
}  # fmt: skip
"""The reference of every learning rule."""
READERS = {
    "NWB": "ruebel2022neurodata", "FIF|EEGLAB|BrainVision|continuous|MNE|EDF|KIT|CTF|epochs": "gramfort2013meg",
    "NIfTI|GIFTI|CIFTI|nibabel": "nibabel", "rsatoolbox": "rsatoolbox", "pynapple": "viejo2023pynapple",
    "Neo|Blackrock|Plexon|Spike2|Neuralynx|TDT|Open Ephys": "garcia2014neo",
}  # fmt: skip
"""The library that reads a format, by how the format is called in the history."""
METRICS = {
    "sqeuclidean": "squared Euclidean distances", "mahalanobis": "squared Mahalanobis distances",
    "crossnobis": "crossvalidated squared distances (crossnobis)", "correlation": "correlation distances (1 - r)",
    "cosine": "cosine distances", "poisson": "symmetrised Poisson Kullback-Leibler divergences",
    "poisson_cv": "crossvalidated symmetrised Poisson Kullback-Leibler divergences",
}  # fmt: skip
WHITENED = ("mahalanobis", "crossnobis")


def rule(name: Any) -> str:
    """A learning rule with its reference."""
    return plain(name).replace("_", " ") + (cite(RULES[name]) if name in RULES else "")


def task(settings: Settings) -> list[str]:
    name = settings.get("name")
    if name == "digits":
        images = {"8x8": "8 x 8 pixels", "mnist": "MNIST"}.get(str(settings.get("images")), value(settings, "images"))
        cited = cite("dataset_mnist") if settings.get("images") == "mnist" and "mnist" in registry() else ""
        of_each = f"{value(settings, 'per_class')} of each of ten digits, one-hot targets"
        return [f"Stimuli were handwritten digits ({images}{cited}; {of_each}; {seeds(settings)})."]
    if name == "two_points":
        distances = f"{value(settings, 'dx2')} and {value(settings, 'dy2')}"
        where = cite("vanrossem2024representations")
        return [f"The task had two stimuli, with squared distances of stimuli and targets of {distances}{where}."]
    if name == "contexts":
        levels = value(settings, "levels")
        return [f"The task was a context-dependent one{cite('flesch2022orthogonal')} with {levels} levels a feature."]
    names = {"xor": "exclusive or of two signs", "from_arrays": "one of the authors' own stimuli and targets"}
    return [f"The task was {names.get(str(name), value(settings, 'name', 'the name of the task'))}."]


def recorded_task(settings: Settings) -> list[str]:
    return [
        f"What conditions are was taken from: stimuli, {value(settings, 'stimuli')}; targets, "
        f"{value(settings, 'targets')}."
    ]


def train(settings: Settings) -> list[str]:
    networks = settings.get("seeds")
    count = len(networks) if isinstance(networks, list) else None
    gains = f" times {value(settings, 'gain')}" if settings.get("gain") is not None else ""
    kind = f"architecture {value(settings, 'architecture')}"
    size = f"{counted(settings.get('hidden_layers'), 'hidden layer')} of {counted(settings.get('width'), 'unit')}"
    start = f"weights xavier-normal{cite('glorot2010understanding')}{gains}"
    batch = settings.get("batch_size", "absent")
    step = "all conditions in every step" if batch is None else f"{said(batch)} conditions a step"
    step = "a batch size that is not recorded" if batch == "absent" else step
    steps = f"{counted(settings.get('epochs'), 'epoch')} with {step}"
    return [
        f"{counted(count, 'network')} ({kind}, {size}, {value(settings, 'nonlinearity')}; {start}; seeds "
        f"{value(settings, 'seeds')}) learned by {rule(settings.get('rule', 'a rule that is not recorded'))}, with "
        f"{value(settings, 'optimizer')}, a learning rate of {value(settings, 'lr', 'the learning rate')} and the loss "
        f"{value(settings, 'loss')}, for {steps}, in {value(settings, 'dtype')}.",
        f"Activity of layer {value(settings, 'layers')} (counted from 0) was kept at {_frames(settings)}.",
        *_more_of_training(settings),
        f"Networks were trained with PyTorch{cite('paszke2019pytorch')}.",
    ]


def _frames(settings: Settings) -> str:
    record = settings.get("record")
    if isinstance(record, list):
        return f"{len(record)} epochs"
    return f"{value(settings, 'record')} epochs, spaced in {value(settings, 'spacing')} steps"


def _more_of_training(settings: Settings) -> list[str]:
    texts = []
    if settings.get("dropout"):
        texts.append(f"Dropout was {value(settings, 'dropout')}.")
    if settings.get("stop"):
        texts.append(f"A network stopped at {value(settings, 'stop')} of its first loss.")
    if settings.get("draws"):
        texts.append(f"All above layer {value(settings, 'above')} was drawn anew in draws {value(settings, 'draws')}.")
    if settings.get("start"):
        texts.append(f"Training went on from epoch {value(settings, 'start')} of networks trained before.")
    if settings.get("probes"):
        texts.append("Activity was that for other stimuli than those learned.")
    return texts


def simulate_brain(settings: Settings) -> list[str]:
    world = settings.get("world")
    by = rule(settings.get("rule", "a rule that is not recorded"))
    what = f"a network that learns by {by}" if world in (None, "none") else f"a world in which {plain(world)} is true"
    return [
        f"The recording was simulated, not from an animal: {what}, seen through {value(settings, 'sensors')} with "
        f"{counted(settings.get('neurons'), 'channel')}, in {counted(settings.get('sessions'), 'session')}.",
        f"There were {value(settings, 'repeats')} repeats of every condition in {value(settings, 'runs')} runs, noise "
        f"{value(settings, 'noise')} times the sensor's own, turnover {value(settings, 'turnover')} and drift "
        f"{value(settings, 'drift')} ({seeds(settings)}).",
    ]


def read_recording(settings: Settings) -> list[str]:
    files = [file for file in settings.get("files", []) if isinstance(file, dict)]
    files = files or ([dict(settings)] if "file" in settings else [])
    if not files:
        return ["The recording was read from data in memory; from which files is not recorded.", *_animals([])]
    kinds = list(dict.fromkeys(plain(file.get("format", "a format that is not recorded")) for file in files))
    keys = [key for pattern, key in READERS.items() if any(re.search(pattern, kind) for kind in kinds)]
    trials: list[Any] = [file.get("trials") for file in files]
    channels = [file["channels"] for file in files if file.get("channels") is not None]
    total = sum(trials) if all(isinstance(count, int) for count in trials) else None
    sizes = "a number of channels that is not recorded" if not channels else f"{_range(channels)} channels"
    each = "each " if len(files) > 1 and len(kinds) == 1 else ""
    return [
        f"The recording was read from {counted(len(files), 'file')} ({each}{listed(kinds)}"
        f"{cite(*keys) if keys else ''}): {counted(total, 'trial')}, {sizes}, "
        f"{_number(files, 'session')}, {_number(files, 'run')}.",
        *_animals(files),
        *_mapping(settings),
    ]


def _animals(files: Sequence[Settings]) -> list[str]:
    subjects = sorted({str(one) for file in files for one in _several(file.get("subject") or _in_name(file))})
    if not subjects:
        return ["The number of animals or subjects is not recorded in the file."]
    return [f"There {'was' if len(subjects) == 1 else 'were'} {counted(len(subjects), 'subject')} "
            f"({listed(list(map(plain, subjects)))})."]  # fmt: skip


def _in_name(file: Settings) -> str | None:
    """The subject that a file's name tells, as BIDS has it."""
    named = re.search(r"(?:^|[_/])sub-([^_/]+)", str(file.get("file", "")))
    return named.group(1) if named else None


def _several(entry: Any) -> list[Any]:
    return list(entry) if isinstance(entry, list | tuple) else [] if entry is None else [entry]


def _range(numbers: Sequence[int]) -> str:
    low, high = min(numbers), max(numbers)
    return str(low) if low == high else f"{low} to {high}"


def _number(files: Sequence[Settings], what: str) -> str:
    labels = {str(one) for file in files for one in _several(file.get(what))}
    return counted(len(labels), what) if labels else f"no labels of {what}s recorded"


def _mapping(settings: Settings) -> list[str]:
    given = rest(settings, ("files", "file", "format", "sha256", "trials", "channels", "subject", "session", "run",
                            "sha256_beside", "sha256_inside", "sha256_of", "trials_sha256", "history"))  # fmt: skip
    return [f"It was read with {given}."] if given else []


def load(settings: Settings) -> list[str]:
    name = str(settings.get("name"))
    known = name in registry() and not registry()[name].citation.startswith("simulated")
    cited = cite(f"dataset_{name}") if known else ""
    remark = "" if known or name not in registry() else "; it is simulated, and no recording of an animal"
    return [f"The data set was {plain(name)}{cited} (part {value(settings, 'split')}){remark}."]


def learning_axis(settings: Settings) -> list[str]:
    return [f"Trials in order were cut into {value(settings, 'windows')} windows, each in {value(settings, 'runs')} "
            "runs of alternating trials."]  # fmt: skip


def with_runs(settings: Settings) -> list[str]:
    return [f"Alternating trials of each session made {value(settings, 'runs')} runs."]


def sliding_windows(settings: Settings) -> list[str]:
    return [f"Activity was averaged over windows of {value(settings, 'width')} s, a window every "
            f"{value(settings, 'every')} s."]  # fmt: skip


def trajectory(settings: Settings) -> list[str]:
    metric = str(settings.get("metric"))
    cited = cite("walther2016reliability") if metric == "crossnobis" else ""
    how = METRICS.get(metric, value(settings, "metric", "the measure of distance"))
    sentences = [
        f"Representational dissimilarity matrices (RDMs){cite('kriegeskorte2008rsa')} held {how}{cited} between all "
        "pairs of conditions, summed over channels"
        f"{' and divided by their number' if settings.get('per_channel') else ''}."
    ]
    if metric in WHITENED:
        sentences.append(_noise(settings))
    more = rest(settings, ("metric", "noise_precision", "per_channel", "shrinkage", "noise_by", "baseline"))
    return [*sentences, *([f"Further settings: {more}."] if more else [])]


def _noise(settings: Settings) -> str:
    precision = settings.get("noise_precision")
    if precision is None:
        return "Whether noise was whitened is not recorded."
    if precision == "none":
        return "Noise was not whitened."
    shrinkage = settings.get("shrinkage")
    shrunk = f", shrunk by {said(shrinkage)}" if shrinkage is not None else ""
    shrunk += cite("ledoit2004wellconditioned") if shrinkage == "ledoit_wolf" else ""
    whose = f", one a {plain(settings['noise_by'])}" if settings.get("noise_by") else ""
    base = f" (baseline {said(settings['baseline'])})" if settings.get("baseline") else ""
    return f"Activity was whitened by the covariance of its noise, from {plain(precision)}{base}{whose}{shrunk}."


def read_rdms(settings: Settings) -> list[str]:
    more = rest(settings, ("sha256", "files"))
    return [f"RDMs{cite('kriegeskorte2008rsa')} were read as they stand{f' ({more})' if more else ''}; how they were "
            "made is not recorded."]  # fmt: skip


def from_rsatoolbox(settings: Settings) -> list[str]:
    return [f"RDMs came from rsatoolbox{cite('rsatoolbox')}; how they were made there is not recorded."]


STEPS = {
    "task": task, "recorded_task": recorded_task, "train": train, "simulate_brain": simulate_brain,
    "read_recording": read_recording, "load": load, "learning_axis": learning_axis, "with_runs": with_runs,
    "sliding_windows": sliding_windows,
}  # fmt: skip
RDMS = {"trajectory": trajectory, "read_rdms": read_rdms, "from_rsatoolbox": from_rsatoolbox}
