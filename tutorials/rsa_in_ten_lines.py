"""RSA in ten lines, then make it lie: one RDM, three models, and four ways to a wrong answer, each put right.

Run it with `python tutorials/rsa_in_ten_lines.py`; it takes less than a minute and leaves three pictures.

RSA is representational similarity analysis. An RDM, a representational dissimilarity matrix, says of every two
pictures how far apart the activity is that they evoke. A model is an RDM too: what somebody expects. RSA asks which
model is most like the data.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import xarray as xr

import neurouniv as nu

# %% A recording whose truth we know.
# Sixteen pictures: four faces, four bodies, four tools, four houses. Eighty neurons. Two pictures of one kind evoke
# activity that is alike, and all kinds are equally far apart. Beyond that, every picture has a pattern of its own.
# Nothing else is in it. Each picture is shown in four runs, and the neurons' spikes are noisy.
rng = np.random.default_rng(1)
kind = {f"{kind}{k}": kind for kind in ("face", "body", "tool", "house") for k in (1, 2, 3, 4)}
pictures = list(kind)
of_kinds = 9 * np.linalg.qr(rng.normal(size=(80, 4)))[0].T  # four patterns at right angles, of one length
patterns = 1.8 * np.repeat(of_kinds, 4, axis=0) + 1.2 * rng.normal(size=(16, 80))
brightness = dict(zip(pictures, rng.permutation(np.linspace(0, 1, 16)), strict=True))


def record(spikes, names, per_run, seed):
    """Four runs: `spikes` (picture, neuron) expected, every picture shown `per_run` times in each, in random order."""
    chance = np.random.default_rng(seed)
    run, shown = (part.ravel() for part in np.meshgrid([1, 2, 3, 4], np.repeat(np.arange(len(names)), per_run)))
    order = chance.permutation(run.size)
    run, shown = run[order], shown[order]
    counts = chance.poisson(np.clip(spikes, 0.1, None)[shown]).astype(float)
    labels = {"condition": ("trial", np.array(names)[shown]), "run": ("trial", run)}
    return xr.Dataset({"activity": (("trial", "neuron"), counts)}, labels).rename(neuron="channel")


# %% RSA in ten lines.
# "crossnobis" is a squared distance that is multiplied across runs (crossvalidated), so that noise adds nothing to it
# on average. A model may be words by picture: same word, distance 0; another word, distance 1. Or numbers by picture.
rec = record(8 + patterns, pictures, per_run=2, seed=0)
movie = nu.trajectory(rec, metric="crossnobis")
nu.figures.rdm(movie, order=pictures).savefig("first_rdm.png", dpi=120)
alive = {picture: "alive" if kind[picture] in ("face", "body") else "thing" for picture in pictures}
models = {"kind": kind, "alive": alive, "brightness": brightness}
first = nu.rsa(movie, models)
print(first.attrs["text"])
nu.figures.rsa(first).savefig("models.png", dpi=120)

# The best model is the truth that we put in: kind. "Alive" is like the data as well, only because kinds and being
# alive go together. Ask what is left of a model when the others are held fixed, and "alive" has nothing of its own.
alone = nu.rsa(movie, models, control="others")
print("each with the others held fixed:", alone.similarity.isel(time=0).to_series().round(2).to_dict())

# %% Lie 1: the wrong distance.
# Now bright pictures make all neurons fire more. The kinds are in the activity as before. A Euclidean distance sees
# the difference in mean rate, and little else. So it says: this region is about brightness. A correlation distance
# takes every picture's mean away, and its size too, and says: this region is about kinds. Both are true of these
# neurons. The lie is to report one without saying that the distance chose it.
light = 16 * (np.array(list(brightness.values())) - 0.5)[:, None]
bright = record(16 + patterns + light, pictures, per_run=2, seed=1)
euclidean = nu.rsa(nu.trajectory(bright, metric="sqeuclidean"), models)
correlation = nu.rsa(nu.trajectory(bright, metric="correlation"), models)
print("Lie 1. squared Euclidean distance:", euclidean.best.item(), "- correlation distance:", correlation.best.item())
# Put right: keep the distance, and hold fixed what is not in question. What does kind say beyond brightness?
beyond = nu.rsa(nu.trajectory(bright, metric="crossnobis"), models, control="brightness")
print("  put right: similarity beyond brightness", beyond.similarity.isel(time=0).to_series().round(2).to_dict())

# %% Lie 2: no crossvalidation.
# All sixteen pictures evoke the very same pattern. There is nothing to find. But eight pictures are rare: they were
# shown twice in each run, the others ten times. A mean over few trials is noisier, and noise pushes means apart. So
# rare pictures seem far from everything, and the model "rare pictures stand out" fits well.
same = np.repeat(8 + patterns[:1], 16, axis=0)
rare = pd.Series([1.0, 0.0] * 8, pictures)
stands_out = pd.DataFrame(np.add.outer(rare.values, rare.values), pictures, pictures)
stands_out = stands_out.where(~np.eye(16, dtype=bool), 0.0)
nothing = record(same, pictures, per_run=np.where(rare == 1, 2, 10), seed=2)
biased = nu.rsa(nu.trajectory(nothing, metric="sqeuclidean"), {"rare stands out": stands_out})
unbiased = nu.rsa(nu.trajectory(nothing, metric="crossnobis"), {"rare stands out": stands_out})
print(f"Lie 2. nothing is there; without crossvalidation the similarity is {biased.similarity.item():.2f}")
print(f"  put right: crossnobis {unbiased.similarity.item():.2f}, p {unbiased.similarity_p.item():.2f}")

# %% Lie 3: shuffled order.
# Two tables of numbers do not know what their rows are. The data's pictures are in the order in which they were first
# shown; the model's are in the order of the alphabet. Whoever takes both as plain arrays compares faces with houses,
# and sees no error, only a low number.
square = nu.to_square(movie.isel(time=0))
alphabet = sorted(pictures)
model = np.array([[float(kind[one] != kind[other]) for other in alphabet] for one in alphabet])
upper = np.triu_indices(16, 1)
by_place = np.corrcoef(square.values[upper], model[upper])[0, 1]
print(f"Lie 3. rows joined by their place: {by_place:.2f}")
# Put right: give the names with the numbers. Order then means nothing, here or in any call of neurouniv.
by_name = nu.rsa(movie, {"kind": pd.DataFrame(model, alphabet, alphabet)}).similarity.item()
print(f"  put right: joined by name {by_name:.2f}")

# %% Lie 4: four pictures.
# Four pictures have six distances. Six numbers are easily alike: take models that know nothing, patterns drawn at
# random, and see how similar to the data they are, with four pictures and with all sixteen.
four = ["face1", "body1", "tool1", "house1"]
small = nu.trajectory(record(8 + patterns[::4], four, per_run=2, seed=3), metric="crossnobis")
reached, tries = {}, {}
for data, names in ((small, four), (movie, pictures)):
    chance = rng.normal(size=(200, len(names), 20))
    i, j = np.triu_indices(len(names), 1)
    ends = {"first": ("pair", np.array(names)[i]), "second": ("pair", np.array(names)[j])}
    random_models = xr.DataArray(((chance[:, i] - chance[:, j]) ** 2).sum(-1), dims=("draw", "pair"), coords=ends)
    tries[len(names)] = nu.rsa(data, random_models, test="permutation").isel(time=0)
    reached[len(names)] = float(tries[len(names)].similarity.max())
print(f"Lie 4. the best of 200 random models: {reached[4]:.2f} with four pictures, {reached[16]:.2f} with sixteen")
# Put right: test a model against the pictures in other orders. Four pictures have 24 orders, so that p cannot be below
# 1/24 = .042, whatever is true; and of 200 models some have that p by luck. So p must be corrected for how many were
# tried. Sixteen pictures have more orders than anybody needs. And look at the doubts that come with every result.
best = tries[4].isel(model=int(tries[4].similarity.argmax("model")))
p, corrected = best.similarity_p.item(), best.similarity_p_corrected.item()
print(f"  put right: p of that model {p:.3f}, corrected for 200 tries {corrected:.3f}")
many = nu.rsa(movie, {"kind": kind}, test="permutation")
print(f"  the true model with sixteen pictures: {many.similarity.item():.2f}, p {many.similarity_p.item():.3f}")
print("  doubts:", *tries[4].attrs["doubts"], sep="\n    ")

# %% The four lies in one picture.
said = {
    "1 kind by\nEuclid": euclidean.similarity.sel(model="kind").item(),
    "1 kind beyond\nbrightness": beyond.similarity.sel(model="kind").item(),
    "2 nothing,\nnot crossval.": biased.similarity.item(),
    "2 nothing,\ncrossnobis": unbiased.similarity.item(),
    "3 by place": by_place,
    "3 by name": by_name,
    "4 by chance,\nfour": reached[4],
    "4 by chance,\nsixteen": reached[16],
}
fig, axis = plt.subplots(figsize=(9, 3.2), layout="constrained")
bars = axis.bar(said.keys(), np.round(list(said.values()), 2) + 0.0, color=["firebrick", "steelblue"] * 4)
axis.bar_label(bars, fmt="%.2f", padding=2)
axis.axhline(0, color="black", linewidth=0.8)
axis.set(ylabel="similarity (correlation)", ylim=(-0.2, 1.1), title="Red: the lie. Blue: put right.")
axis.tick_params(axis="x", labelsize=8)
fig.savefig("lies.png", dpi=120)
