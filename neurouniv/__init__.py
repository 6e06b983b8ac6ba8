"""neurouniv: do implementation details matter for learning?

One law of representation learning, fitted by its constants to networks and brains and put on trial by
representational similarity analysis. Names are loaded when they are first used, so that reading a file or a
help text does not import torch.
"""

from importlib import import_module
from typing import Any

_HOMES = {
    "tasks": "neurouniv.tasks",
    "figures": "neurouniv.figures",
    "train": "neurouniv.systems.training.train:train",
    "simulate_brain": "neurouniv.systems.brains:simulate_brain",
    "read_recording": "neurouniv.systems.recordings.read:read_recording",
    "estimate_snr": "neurouniv.systems.brains:estimate_snr",
    "true_trajectory": "neurouniv.systems.brains:true_trajectory",
    "write_nwb": "neurouniv.systems.recordings.formats.nwb_writer:write_nwb",
    "learning_axis": "neurouniv.systems.recordings.several.learning_axis:learning_axis",
    "with_runs": "neurouniv.systems.recordings.several.learning_axis:with_runs",
    "describe": "neurouniv.systems.recordings.help.describe:describe",
    "read_rdms": "neurouniv.rdm.exchange.read_rdms:read_rdms",
    "trajectory": "neurouniv.rdm.movie.trajectory:trajectory",
    "align": "neurouniv.rdm.align:align",
    "sliding_windows": "neurouniv.rdm.movie.windows:sliding_windows",
    "to_features": "neurouniv.rdm.exchange.features:to_features",
    "from_features": "neurouniv.rdm.exchange.features:from_features",
    "to_square": "neurouniv.rdm.exchange.square:to_square",
    "to_rsatoolbox": "neurouniv.rdm.exchange.rsatoolbox:to_rsatoolbox",
    "from_rsatoolbox": "neurouniv.rdm.exchange.rsatoolbox:from_rsatoolbox",
    "UniversalModel": "neurouniv.laws:UniversalModel",
    "MixtureModel": "neurouniv.laws:MixtureModel",
    "PairwiseModel": "neurouniv.laws:PairwiseModel",
    "TemplateModel": "neurouniv.laws:TemplateModel",
    "Law": "neurouniv.laws:Law",
    "VelocityLaw": "neurouniv.laws:VelocityLaw",
    "ALTERED": "neurouniv.laws:ALTERED",
    "LAWS": "neurouniv.laws:LAWS",
    "RIVALS": "neurouniv.laws:RIVALS",
    "dimensionless": "neurouniv.laws.collapse:dimensionless",
    "dimensional": "neurouniv.laws.collapse:dimensional",
    "profile": "neurouniv.laws.diagnose:profile",
    "bootstrap": "neurouniv.laws.diagnose:bootstrap",
    "truncation": "neurouniv.laws.diagnose:truncation",
    "loss_curve": "neurouniv.laws.loss:loss_curve",
    "compare": "neurouniv.universality.compare:compare",
    "verdict": "neurouniv.universality.verdict.rule:verdict",
    "recover": "neurouniv.universality.planning.recover:recover",
    "plan": "neurouniv.universality.planning.plan:plan",
    "levels": "neurouniv.universality.levels:levels",
    "simulated_studies": "neurouniv.universality.planning.simulated_studies:simulated_studies",
    "proportionality": "neurouniv.universality.proportionality:proportionality",
    "collapse_test": "neurouniv.universality.collapse_test:collapse_test",
    "universality_test": "neurouniv.universality.trial.universality_test:universality_test",
    "rsa_between": "neurouniv.universality.rsa_between:rsa_between",
    "noise_ceiling": "neurouniv.universality.scores.noise_ceiling:noise_ceiling",
    "start_ceiling": "neurouniv.universality.scores.start_ceiling:start_ceiling",
    "report": "neurouniv.page:report",
    "reproduce": "neurouniv.experiments.experiment:reproduce",
    "datasets": "neurouniv.datasets",
    "save": "neurouniv.storage:save",
    "load": "neurouniv.storage:load",
    "InputError": "neurouniv.schema:InputError",
    "NeurounivWarning": "neurouniv.schema:NeurounivWarning",
    "__version__": "neurouniv.schema:VERSION",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'neurouniv' has no attribute {name!r}; it has {', '.join(__all__)}")
    module, _, attribute = _HOMES[name].partition(":")
    loaded = import_module(module)
    return getattr(loaded, attribute) if attribute else loaded


def __dir__() -> list[str]:
    return __all__
