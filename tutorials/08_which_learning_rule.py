"""
08. Which learning rule? And your own law, rule, distance
=========================================================

**Question: do distances of activity tell by which rule a system learns, backprop or another? And how do I put an idea
of my own beside those that are there?**

You need tutorial 03 (laws on held-out conditions). *Predict* means: stop and guess before you read on.

Measured on one core: 53 seconds of processor time, 0.5 GB of memory.
"""

import numpy as np
import xarray as xr
from scipy.spatial.distance import pdist

import neurouniv as nu

# %%
# Two networks, two rules
# -----------------------
# Backprop sends errors back through the same weights that carried the activity forward. Feedback alignment sends them
# through fixed random weights. Brains have no known way to do the first, so the question matters.
task = nu.tasks.digits(per_class=2)


def learn(rule, gain):
    """The RDM movie of one network without hidden nonlinearity; gain is the size of its first weights."""
    settings = {"nonlinearity": "linear", "width": 100, "lr": 0.2, "epochs": 1200, "record": 12}
    return nu.trajectory(nu.train(task, rule=rule, gain=gain, **settings)).squeeze(drop=True)


movies = {
    "backprop, middle start": learn("backprop", 0.3),
    "feedback alignment, middle start": learn("feedback_alignment", 0.3),
    "feedback alignment, small start": learn("feedback_alignment", 0.1),
}

# %%
# Each rule has a law of its own: equations for how distances change, if a linear network learns by it. ``nu.rules``
# fits them all, asks each for held-out conditions, and turns their errors into probabilities. These are *calibrated*:
# how often, among simulated networks whose laws left such errors, the rule was the true one. To be quick we allow
# three rules; there are nine. The third, *lazy*, is backprop in a network so large at the start that its weights
# hardly move.
#
# *Predict: for which of the three networks is one rule named alone?*
possible = ["backprop", "feedback_alignment", "lazy"]
found = {name: nu.rules(movie, possible, resamples=100, progress=False) for name, movie in movies.items()}
for name, answer in found.items():
    print(f"{name}\n  {answer.attrs['answer']}")
    if answer.attrs["apart"]:
        print("  what would tell more:", answer.attrs["apart"])

# %%
# ``answer`` names the fewest rules that together have a probability of .9. Backprop is named alone. Feedback alignment
# is not: from a middle start it is nearly even, from a small start likelier. A small start helps, because under
# backprop encoder and decoder then grow together, while feedback alignment must first turn its decoder. "The data do
# not decide which" is the usual case; a program that always names one rule would often be wrong.
nu.figures.show(nu.figures.rule_probabilities(found["feedback alignment, small start"]))

# %%
# On the left the probabilities, on the right the error of each rule's law over the smallest, at held-out pictures.
# "None" is the best curve that is no rule at all.
#
# A rule of your own
# ------------------
# No registration is needed. Write the learning in NumPy, keep hidden activity and outputs, and hand them over with
# the names of the conditions. Here is *sign-symmetric* feedback: errors go back through the signs of the forward
# weights only.
#
# *Predict: which of the three rules will it be taken for?*
stimuli, targets = task.stimuli.values, task.targets.values
rng = np.random.default_rng(0)
W = 0.3 * np.sqrt(2 / (64 + 100)) * rng.normal(size=(64, 100))  # stimulus to hidden
V = 0.3 * np.sqrt(2 / (100 + 10)) * rng.normal(size=(100, 10))  # hidden to output
epochs = np.linspace(0, 1200, 12).round().astype(int)
hidden, outputs = [], []
for epoch in range(1201):
    activity = stimuli @ W
    output = activity @ V
    if epoch in epochs:
        hidden.append(activity)
        outputs.append(output)
    error = (output - targets) / targets.size
    feedback = np.abs(V).mean() * np.sign(V)  # backprop would have V here
    W = W - 0.2 * stimuli.T @ (error @ feedback.T)
    V = V - 0.2 * activity.T @ error

runs = xr.Dataset(
    {"hidden": (("time", "condition", "unit"), hidden), "output": (("time", "condition", "output"), outputs)},
    coords={"time": epochs, "condition": task.condition.values},
)
mine = nu.trajectory(runs, task)
of_mine = nu.rules(mine, possible, resamples=100, progress=False)
print(of_mine.attrs["answer"])
print("R2 of change, mine:      ", of_mine.change_r2.to_series().round(3).to_dict())
right = found["backprop, middle start"].change_r2
print("R2 of change, backprop's:", right.to_series().round(3).to_dict())

# %%
# It is none of the three, and the answer can only name those that were allowed. Signs carry much of what the weights
# say, so backprop is the likeliest. Look at the R2 of what changes (tutorial 03) too: no law has as much here as
# backprop's has where it is the true one. To have a law of a new rule, one derives its equations
# (``neurouniv/theory/rules`` has those that are there).
#
# A law of your own
# -----------------
# The shortest way: take a law that is there, and change its curve. "Exponential" says that each distance goes to its
# end at one rate. Yours says that it gets there more slowly the nearer it is (a hyperbola). It needs a name and a
# curve; fit, intervals, held-out tests and figures come with it.


class Hyperbolic(nu.RIVALS["exponential"]):
    """The rival that h goes from its start to a mix of stimuli and targets like 1 / (1 + rate t)."""

    name = "hyperbolic"

    def curves(self, constants, start, dx2, dy2, elapsed, rtol=1e-9):
        """h (..., pair, time) for constants (...), start and distances (..., pair), elapsed time (..., time)."""
        end = constants["stimulus"] * dx2 + constants["target"] * dy2
        left = 1 / (1 + constants["rate"][..., None] * elapsed)
        return {"h": end[..., None] + (start["h"] - end)[..., None] * left}


laws = [nu.UniversalModel(), nu.RIVALS["exponential"](), Hyperbolic()]
compared = nu.compare(laws, movies["backprop, middle start"], partitions=1, progress=False)
print("R2 on held-out pictures:", compared.dynamics.to_series().round(3).to_dict())

# %%
# Yours is as good as the exponential, and both are far from the universal law. Three lines are enough to put an idea
# on trial.
#
# (For a law of h, y and w, pair by pair, subclass ``nu.VelocityLaw`` and write its velocity as in tutorial 02.)
#
# A distance of your own
# ----------------------
# Compute it with any library, pairs in the order of ``pdist``, and hand it over with names. The city-block distance
# of the same activity, for each epoch. ``squared=False`` says that it is not yet a square; laws are about squares.
#
# *Predict: is the law still good? It was derived for squared Euclidean distances.*
blocks = np.array([pdist(activity, "cityblock") for activity in hidden])
city = nu.read_rdms(
    blocks, condition=task.condition.values, dims="time", time=epochs, time_units="epochs", squared=False, task=task
)
euclid = mine.drop_vars(["y", "w", "output"])
for name, movie in {"Euclidean": euclid, "city-block": city}.items():
    result = nu.compare(nu.UniversalModel(), movie, partitions=1, progress=False)
    print(f"{name}: R2 on held-out pictures {result.dynamics.item():.3f}")

# %%
# It is good still, but less so: what a city-block distance adds up is not what the law follows. Use it to look, and
# take a squared Euclidean (or crossnobis) distance where the law is to be judged.
#
# What goes wrong
# ---------------
# * **Too few rules are allowed.** The probabilities are shares among those named. Leave ``rules`` out to have all
#   nine; it takes about half a minute a movie.
# * **Deep networks, rectified units.** Laws of rules are exact for linear networks of two layers; beyond, errors of the
#   law hide differences of rules. ``doubts`` says it.
# * **One network is no population.** Give several seeds or animals as members; they are judged together.
#
# Exercise
# --------
# Which rule has the *smallest error* for each of the three networks at the top? Is it always the true one? Use
# ``found[name].error_ratio``. Call ``check`` with the three names of rules, in order.


def check(*names):
    """Compare with the rules whose laws have the smallest errors."""
    best = [answer.error_ratio.idxmin("rule").item() for answer in found.values()]
    assert list(names) == best, f"{sum(a == b for a, b in zip(names, best, strict=False))} of 3 are right."
    print("Right. And a smallest error is not yet a probability: see how near the second is.")


# check("lazy", "lazy", "lazy")  # take the first # away, and put your three names in place of these
