"""Names that options choose from, so that help and completion know them without loading what they stand for.

A test holds them against the registries.
"""

from __future__ import annotations

from typing import Literal

Law = Literal[
    "universal", "pairwise", "static", "exponential", "step", "gain", "lazy", "target", "doubled output",
    "doubled representation", "reversed alignment", "output without encoder", "feedback_alignment", "kolen_pollack",
    "weight_mirror", "predictive_coding", "weight_decay", "node_perturbation", "hebbian", "tangent", "identity",
    "exposure", "driven", "scaled_input", "inherited", "free",
]  # fmt: skip
Rival = Literal[
    "static", "exponential", "step", "gain", "lazy", "target", "doubled output", "doubled representation",
    "reversed alignment", "output without encoder", "feedback_alignment", "kolen_pollack", "weight_mirror",
    "predictive_coding", "weight_decay", "node_perturbation", "hebbian", "tangent", "identity", "exposure", "driven",
    "scaled_input", "inherited", "free",
]  # fmt: skip
Kernel = Literal["input", "arc_cosine", "tangent", "start", "identity"]
Comparator = Literal["corr", "cosine", "spearman", "rho-a", "tau-a", "tau-b", "kendall", "corr_cov", "cosine_cov"]
Metric = Literal["sqeuclidean", "mahalanobis", "crossnobis", "correlation", "cosine", "poisson", "poisson_cv"]
Architecture = Literal["mlp", "residual", "cnn", "cnn2d", "recurrent", "gated", "attention"]
Nonlinearity = Literal["linear", "relu", "leaky_relu", "tanh", "elu", "swish", "silu", "gelu"]
Optimizer = Literal["sgd", "momentum", "adam"]
Loss = Literal["mse", "cross_entropy"]
LearningRule = Literal[
    "backprop", "feedback_alignment", "direct_feedback_alignment", "kolen_pollack", "weight_mirror", "weight_decay",
    "weight_perturbation", "node_perturbation", "hebbian", "predictive_coding", "lazy",
]  # fmt: skip
ComparedRule = Literal[
    "backprop", "feedback_alignment", "kolen_pollack", "weight_mirror", "predictive_coding", "weight_decay",
    "node_perturbation", "lazy", "identity", "hebbian", "exposure",
]  # fmt: skip
World = Literal["universal", "pairwise", "target", "exponential", "step", "gain", "lazy", "static", "drift"]
Sensors = Literal["spikes", "refractory", "bursty", "calcium", "voxels", "meeg"]
Experiment = Literal["two-points", "alternatives", "depth", "structure", "xor", "digits", "contexts", "rules", "all"]
FigureKind = Literal[
    "rdm", "film", "animation", "mds", "dendrogram", "shepard", "courses", "rule_signatures", "rule_switch",
    "rule_probabilities", "rule_confusion",
]  # fmt: skip
BatchSystem = Literal["slurm", "pbs", "sge", "lsf"]
Spacing = Literal["linear", "log"]
