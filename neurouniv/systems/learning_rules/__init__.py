"""Learning rules: how a network gets to know what to change. Backprop, and what brains might do instead.

| name | weights change by | what it needs to know | source |
|---|---|---|---|
| backprop | the gradient | errors through the transposed weights | Rumelhart, Hinton & Williams 1986 |
| feedback_alignment | what they read times error | errors through random weights, layer by layer | Lillicrap et al. 2016 |
| direct_feedback_alignment | the same | errors through random weights, straight from the output | Nøkland 2016 |
| kolen_pollack | the same, and decay | errors through weights that take the forward weights' steps | Kolen & Pollack 1994 |
| weight_mirror | what they read times error | errors through weights that learn the forward weights from noise | Akrout et al. 2019 |
| weight_decay | the gradient, and decay | as backprop | Krogh & Hertz 1991 |
| weight_perturbation | their own noise times the change of the loss | the loss with noise and without | Werfel et al. 2005 |
| node_perturbation | what they read times their unit's noise times the change of the loss | the same | Werfel et al. 2005 |
| hebbian | what they read times their unit's noise times reward beyond expectation | the reward, with noise only | Frémaux & Gerstner 2016 |
| predictive_coding | relaxed activity times prediction error | errors of the layer above, at equilibrium | Whittington & Bogacz 2017 |
| lazy | the gradient of the network's first-order expansion | features as they were at the start | Jacot et al. 2018 |

`error` is the derivative of the loss with respect to the output, for half the mean squared error over N conditions
and o outputs (output - target) / (N o). Backprop, the two kinds of feedback alignment, Kolen-Pollack, weight decay,
predictive coding and lazy learn the same from the same
start; the others explore, with noise from each member's own generator.
"""  # noqa: E501

from neurouniv.systems.learning_rules.decay import KolenPollack, WeightDecay
from neurouniv.systems.learning_rules.feedback import (
    Backprop,
    DirectFeedbackAlignment,
    ErrorFeedback,
    FeedbackAlignment,
)
from neurouniv.systems.learning_rules.hebbian import Hebbian
from neurouniv.systems.learning_rules.lazy import Lazy, Linearised
from neurouniv.systems.learning_rules.perturbation import NodePerturbation, WeightPerturbation
from neurouniv.systems.learning_rules.predictive_coding import PredictiveCoding
from neurouniv.systems.learning_rules.rule import LearningRule, LocalRule
from neurouniv.systems.learning_rules.weight_mirror import WeightMirror

RULES: dict[str, type[LearningRule]] = {
    "backprop": Backprop,
    "feedback_alignment": FeedbackAlignment,
    "direct_feedback_alignment": DirectFeedbackAlignment,
    "kolen_pollack": KolenPollack,
    "weight_mirror": WeightMirror,
    "weight_decay": WeightDecay,
    "weight_perturbation": WeightPerturbation,
    "node_perturbation": NodePerturbation,
    "hebbian": Hebbian,
    "predictive_coding": PredictiveCoding,
    "lazy": Lazy,
}

__all__ = [
    "RULES", "Backprop", "DirectFeedbackAlignment", "ErrorFeedback", "FeedbackAlignment", "Hebbian", "KolenPollack",
    "Lazy", "LearningRule", "Linearised", "LocalRule", "NodePerturbation", "PredictiveCoding", "WeightDecay",
    "WeightMirror", "WeightPerturbation",
]  # fmt: skip
