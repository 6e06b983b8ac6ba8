"""
01. RSA from zero, then make it lie
===================================

**Question: which idea about a brain region do its responses support, and how does the same analysis lie?**

You need NumPy, and the idea that a neuron fires more for some pictures than for others. Everything is built by hand
first, then done in one call. Before each result there is a line that begins with *Predict*: stop there and guess.

Measured on one core: 12 seconds of processor time, 1.4 GB of memory.
"""

import math

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import xarray as xr

import neurouniv as nu

# %%
# A recording whose truth we know
# -------------------------------
# Sixteen pictures: four faces, four bodies, four tools, four houses. Eighty neurons. Pictures of one kind share a
# pattern of activity, and each picture has something of its own. Nothing else is in it: no brightness, no "alive".
# Each picture is shown twice in each of four runs (a run is a block of trials), and spikes are noisy: their number is
# drawn from a Poisson distribution.
rng = np.random.default_rng(1)
pictures = [f"{kind}{k}" for kind in ("face", "body", "tool", "house") for k in (1, 2, 3, 4)]
of_kinds = 9 * np.linalg.qr(rng.normal(size=(80, 4)))[0].T  # four patterns at right angles, of one length
patterns = 1.8 * np.repeat(of_kinds, 4, axis=0) + 1.2 * rng.normal(size=(16, 80))  # (picture, neuron)


def record(rates, names, per_run, seed):
    """Four runs: expected spikes `rates` (picture, neuron); each picture is shown `per_run` times in each run."""
    chance = np.random.default_rng(seed)
    run, shown = (part.ravel() for part in np.meshgrid([1, 2, 3, 4], np.repeat(np.arange(len(names)), per_run)))
    order = chance.permutation(run.size)
    run, shown = run[order], shown[order]
    spikes = chance.poisson(np.clip(rates, 0.1, None)[shown]).astype(float)
    return nu.read_recording({"activity": spikes, "condition": np.array(names)[shown], "run": run})


rec = record(8 + patterns, pictures, per_run=2, seed=0)
print(dict(rec.activity.sizes))

# %%
# A *trial* is one showing of a picture: 4 runs x 16 pictures x 2. A *channel* is whatever one records from, here a
# neuron. ``rec`` is an xarray Dataset: NumPy arrays whose axes have names. Three ways of reading one come back often:
# ``x.values`` is the plain array, ``x.isel(time=0)`` takes a place on a named axis, ``x.sel(model="kind")`` a name.

# %%
# An RDM is a table of distances
# ------------------------------
# Take the mean response to each picture. It is a point in a space with 80 axes, one for each neuron. The squared
# distance of two points says how differently the neurons respond to the two pictures. All pairs together are the
# *representational dissimilarity matrix*, RDM. In NumPy it takes two lines.
means = np.stack([rec.activity.values[rec.condition.values == name].mean(axis=0) for name in pictures])
by_hand = ((means[:, None] - means[None]) ** 2).sum(axis=-1)

# %%
# The same in one call. It is called *trajectory* because a recording of many sessions gives an RDM at each time; here
# there is one time, so ``isel(time=0)``. ``h`` holds each pair once, with the names of its two conditions, so that no
# order of rows can be mistaken. ``nu.to_square`` makes the matrix. ("Condition" is the general word for what is
# shown: here, a picture.)
euclidean = nu.trajectory(rec, metric="sqeuclidean")
square = nu.to_square(euclidean.h).isel(time=0).sel(condition=pictures, condition_=pictures)
np.testing.assert_allclose(square, by_hand)
nu.figures.show(nu.figures.rdm(euclidean, order=pictures, title="Squared Euclidean distances"))

# %%
# Each cell is a pair of pictures; light is near, dark is far. Along the diagonal you see four light blocks: pictures
# of one kind are close. Such a matrix is all that RSA
# (*representational similarity analysis*) uses. It forgets the neurons, so that a monkey, a person and a network can
# be compared.
#
# Noise makes distances too large
# -------------------------------
# *Predict: the neurons respond to two pictures in exactly the same way. What is their squared distance, as measured?*
#
# It is not 0. Each mean has noise. With ``n`` trials and a variance ``v`` of a trial, the difference of two means has
# the variance ``2 v / n`` in each neuron, and its square has that as its mean. For Poisson spikes at a rate of 8,
# ``v`` = 8; with 8 trials and 80 neurons, 160 come from noise alone.
same = record(np.full((16, 80), 8.0), pictures, per_run=2, seed=4)
of_same = nu.trajectory(same, metric="sqeuclidean").h
print(
    f"all pictures alike: mean squared distance {float(of_same.mean()):.0f}, from noise expected {2 * 8 / 8 * 80:.0f}"
)

# %%
# The way out is *crossvalidation*. Measure the difference of two pictures twice, in different runs, and multiply the
# two, neuron by neuron. What is real comes back with the same sign. Noise comes back with any sign, and cancels.


def crossvalidated(rec, one, other):
    """The squared distance of two pictures as a mean over all pairs of different runs."""
    spikes, names, runs = rec.activity.values, rec.condition.values, rec.run.values

    def mean(name, run):
        return spikes[(names == name) & (runs == run)].mean(axis=0)

    difference = np.stack([mean(one, run) - mean(other, run) for run in (1, 2, 3, 4)])
    products = difference @ difference.T  # (run, run): each run's difference times each other's
    return products[~np.eye(4, dtype=bool)].mean()  # never a run with itself


crossnobis = nu.trajectory(same, metric="crossnobis").h
pair = crossnobis.isel(time=0, pair=0)
np.testing.assert_allclose(pair, crossvalidated(same, pair["first"].item(), pair["second"].item()))
print(f"all pictures alike: mean crossvalidated distance {float(crossnobis.mean()):.1f}")

# %%
# Single distances scatter about 0, and many are negative. That is right: their mean over repetitions of the
# experiment is 0. Do not cut them off at 0. (The name *crossnobis* comes from "crossvalidated Mahalanobis". The full
# form also divides by the noise of the neurons; see ``noise_precision`` of ``nu.trajectory``.)
#
# RSA in five lines
# -----------------
# A model is an RDM too: what somebody expects. Give it as a value for each picture. Words: two pictures with the same
# word have the distance 0, others 1. Numbers: the squared difference.
#
# *Predict: which of the three models is most like the data? Is "alive" worth nothing?*
kind = {picture: picture[:-1] for picture in pictures}
alive = {picture: "alive" if kind[picture] in ("face", "body") else "thing" for picture in pictures}
brightness = dict(zip(pictures, rng.permutation(np.linspace(0, 1, 16)), strict=True))
models = {"kind": kind, "alive": alive, "brightness": brightness}
movie = nu.trajectory(rec, metric="crossnobis")
first = nu.rsa(movie, models)
print(first.attrs["text"])
nu.figures.show(nu.figures.rsa(first))

# %%
# A similarity is the correlation of the model's 120 distances with the 120 of the data. The whisker says how far it
# would move with other pictures; ``p``, how often chance alone would give so much; the table on the right, which model
# is more similar than which. (*Corrected* means: the more models and times are asked, the stricter.) The grey band is
# the *noise ceiling*: what the true RDM would reach with noise as large as here. A model below the ceiling misses
# something that is not noise. Here it is what each picture has of its own, which "kind" does not know. The last line
# of the text is a doubt of the program about its own answer; there are some in most results.
#
# "Alive" is like the data as well, but only because faces and bodies are kinds. Ask what is left of each model when
# the others are held fixed (partial RSA): "alive" has nothing of its own.
alone = nu.rsa(movie, models, control="others")
print("each with the others held fixed:", alone.similarity.isel(time=0).to_series().round(2).to_dict())

# %%
# Now make it lie, 1: the wrong distance
# --------------------------------------
# In a second region the kinds are as before, but bright pictures make *all* neurons fire more.
#
# *Predict: which model will a Euclidean distance choose, which one a correlation distance?*
light = 16 * (np.array(list(brightness.values())) - 0.5)[:, None]
bright = record(16 + patterns + light, pictures, per_run=2, seed=1)
by_euclid = nu.rsa(nu.trajectory(bright, metric="sqeuclidean"), models)
by_correlation = nu.rsa(nu.trajectory(bright, metric="correlation"), models)
print("squared Euclidean distance:", by_euclid.best.item(), "- correlation distance:", by_correlation.best.item())

# %%
# A Euclidean distance sees the difference in mean rate. A correlation distance takes the mean rate of each picture
# away. Both are true of these neurons. The lie is to report one, and not to say that the distance chose it. Put
# right: keep the distance, and hold fixed what is not in question.
beyond = nu.rsa(nu.trajectory(bright, metric="crossnobis"), models, control="brightness")
print("similarity beyond brightness:", beyond.similarity.isel(time=0).to_series().round(2).to_dict())

# %%
# Now make it lie, 2: no crossvalidation
# --------------------------------------
# All pictures evoke the very same pattern. There is nothing to find. But eight pictures were shown twice in each run,
# the others ten times. The model says "the rare pictures stand out".
#
# *Predict: what is the similarity of this model with data in which there is nothing?*
rare = np.array([1.0, 0.0] * 8)
stands_out = pd.DataFrame(np.add.outer(rare, rare), pictures, pictures).where(~np.eye(16, dtype=bool), 0.0)
nothing = record(np.repeat(8 + patterns[:1], 16, axis=0), pictures, np.where(rare == 1, 2, 10), seed=2)
biased = nu.rsa(nu.trajectory(nothing, metric="sqeuclidean"), {"rare stands out": stands_out})
unbiased = nu.rsa(nu.trajectory(nothing, metric="crossnobis"), {"rare stands out": stands_out})
print(f"not crossvalidated {biased.similarity.item():.2f}, p {biased.similarity_p.item():.0e}")
print(f"crossvalidated {unbiased.similarity.item():.2f}, p {unbiased.similarity_p.item():.2f}")

# %%
# Means of few trials have more noise, so rare pictures seem far from everything. Unequal numbers of trials are the
# rule: think of error trials. The small p is no protection. It is about the wrong number.
#
# Now make it lie, 3: shuffled order
# ----------------------------------
# Two matrices of numbers do not know what their rows are. Here the data's pictures are in the order in which they
# were first shown, the model's in the order of the alphabet.
#
# *Predict: what is the correlation if both are taken as they stand?*
data = nu.to_square(movie.isel(time=0))
alphabet = sorted(pictures)
model = np.array([[float(kind[one] != kind[other]) for other in alphabet] for one in alphabet])
upper = np.triu_indices(16, 1)
by_place = np.corrcoef(data.values[upper], model[upper])[0, 1]
by_name = nu.rsa(movie, {"kind": pd.DataFrame(model, alphabet, alphabet)}).similarity.item()
print(f"joined by place {by_place:.2f}, joined by name {by_name:.2f}")

# %%
# No error is raised, there is only a low number. Put right: give the names together with the numbers (here as a
# pandas table). neurouniv joins by name, in every call.
#
# Now make it lie, 4: four pictures
# ---------------------------------
# Four pictures have six distances. Take 200 models that know nothing, patterns drawn at random.
#
# *Predict: how similar to the data is the best of them, with four pictures, and with sixteen?*
four = ["face1", "body1", "tool1", "house1"]
small = nu.trajectory(record(8 + patterns[::4], four, per_run=2, seed=3), metric="crossnobis")


def random_models(names):
    """200 RDMs of random patterns, as an array (draw, pair) with the names of each pair."""
    draws = rng.normal(size=(200, len(names), 20))
    i, j = np.triu_indices(len(names), 1)
    ends = {"first": ("pair", np.array(names)[i]), "second": ("pair", np.array(names)[j])}
    return xr.DataArray(((draws[:, i] - draws[:, j]) ** 2).sum(-1), dims=("draw", "pair"), coords=ends)


tries = {
    len(names): nu.rsa(data, random_models(names), test="permutation").isel(time=0)
    for data, names in ((small, four), (movie, pictures))
}
reached = {count: float(found.similarity.max()) for count, found in tries.items()}
print(f"the best of 200 random models: {reached[4]:.2f} with four pictures, {reached[16]:.2f} with sixteen")
best = tries[4].isel(model=int(tries[4].similarity.argmax("model")))
p, corrected = best.similarity_p.item(), best.similarity_p_corrected.item()
print(f"the best of four pictures: p {p:.3f}, corrected for 200 models {corrected:.2f}")
print("doubts:", *tries[4].attrs["doubts"], sep="\n  ")

# %%
# A permutation test gives the model's pictures other orders, and asks how often a wrong order does as well. Of the 24
# orders of four pictures three do as well as the best model: its similarity of .91 has a p of .125. And p cannot be
# below 1/24 = .042, whatever is true. With 200 models the best is the best by luck, which the corrected p says. Read
# the doubts, which come with every result.
#
# The four lies in one picture
# ----------------------------
# A bar is the similarity that one would report. Lies 1 and 3 miss what is there; lies 2 and 4 find what is not.
said = {
    "1 kind by\nEuclid": by_euclid.similarity.sel(model="kind").item(),
    "1 kind beyond\nbrightness": beyond.similarity.sel(model="kind").item(),
    "2 nothing,\nnot crossval.": biased.similarity.item(),
    "2 nothing,\ncrossnobis": unbiased.similarity.item(),
    "3 by place": by_place,
    "3 by name": by_name,
    "4 by chance,\nfour": reached[4],
    "4 by chance,\nsixteen": reached[16],
}
fig, axis = plt.subplots(figsize=(9, 3.2), layout="constrained")
bars = axis.bar(said.keys(), np.round(list(said.values()), 2) + 0.0, color=["#d55e00", "#0072b2"] * 4)
axis.bar_label(bars, fmt="%.2f", padding=2)
axis.axhline(0, color="black", linewidth=0.8)
axis.set(ylabel="similarity (correlation)", ylim=(-0.2, 1.1), title="Orange: the lie. Blue: put right.")
axis.tick_params(axis="x", labelsize=8)
plt.show()

# %%
# Exercise
# --------
# You plan an experiment and want to test one model by a permutation test at p < .001. How many pictures do you need
# at least? (The test of one RDM can reach no smaller p than one over the number of orders.) Call ``check`` with your
# answer, a whole number.


def check(answer):
    """Say whether so many pictures are enough, and whether fewer were."""
    assert 1 / math.factorial(answer) < 0.001, f"{answer} pictures have {math.factorial(answer)} orders: too few."
    assert 1 / math.factorial(answer - 1) >= 0.001, "These are enough, but fewer are enough too."
    print("Right. It is the least number: for power you need many more.")


# check(4)  # take the first # away, and put your answer in place of 4
