"""
06. Fit a brain: what can be known from h alone
===============================================

**Question: of a brain one sees distances of activity, through noise, in a few sessions. What do they say about how it
learns, and what not?**

You need tutorials 02 (the law and its two constants) and 05 (from trials to an RDM movie). *Predict* means: stop and
guess before you read on.

Measured on one core: 23 seconds of processor time, 0.4 GB of memory.
"""

import numpy as np
import pandas as pd

import neurouniv as nu

# %%
# A brain whose constants we know
# -------------------------------
# In this simulated brain the law is exactly true. We see the spikes of 80 neurons, 8 sessions, 20 digits, 8 trials of
# each in a session; ``snr`` is how large the signal of a trial is beside its noise. The truth is in the attributes.
task = nu.tasks.digits(per_class=2)
rec = nu.simulate_brain(task, world="universal", sessions=8, repeats=8, neurons=80, snr=1.0, seed=0)
true_h, true_y = rec.attrs["law_eta_h"], rec.attrs["law_eta_y"]
print(f"truth, per session: eta_h {true_h:.3f}, eta_y {true_y:.3f}, speed {np.sqrt(true_h * true_y):.3f}")

movie = nu.trajectory(rec, task, metric="crossnobis")
law = nu.UniversalModel().fit(movie)
print("variables seen:", [name for name in ("h", "y", "w") if name in movie])


def constants(law):
    """The constants of a fit with their 95 % intervals."""
    table = law.constants_
    rows = {name: [table[name].item(), *table[f"{name}_interval"].values] for name in ("eta_h", "eta_y")}
    rows["speed"] = table["speed"].values.tolist()
    return pd.DataFrame(rows, index=["value", "lower", "upper"]).T


print(constants(law).to_string(float_format="{:.3g}".format))
nu.figures.show(nu.figures.time_courses(movie, law.predict(movie)))

# %%
# Lines with dots: measured distances, as means over pairs of different digits (above) and of the same digit (below).
# Dotted: the law. It looks right.
#
# Is the fit wrong?
# -----------------
# *Predict: eta_h is found 97 times too large, eta_y 100 times too small, and the speed is right. What happened?*
#
# The *gain* of the instrument. Activity is a number without unit inside; a spike count is 10 spikes for each of
# these. So squared distances are 100 times as large. If h is multiplied by g, the law stays true with eta_h times g
# and eta_y divided by g. No fit of h can separate the two. The **speed**, sqrt(eta_h eta_y), has no gain in it.
#
# So: compare eta_h between two sessions, regions or animals only where the unit of distance is the same. Between
# spikes and voxels compare speeds.
gain = rec.attrs["rate_gain"] ** 2
found = law.constants_
print(f"with the gain taken out: eta_h {found.eta_h.item() / gain:.3f}, eta_y {found.eta_y.item() * gain:.3f}")

# %%
# What else is not seen
# ---------------------
# ``y`` and ``w``, the answers, are not in the recording. The law needs their start, and how large the decoder is
# before learning: ``decoder0``, a third constant.
profiles = nu.profile(law, movie, ["decoder0", "eta_h"], points=9)
for name in ("decoder0", "eta_h"):
    profile = profiles.sel(constant=name).isel(point=-1)
    factor = float(profile.value / profile.best)
    print(f"{name} {factor:.2f} times as large: the misfit rises by {float(profile.rise):.2g}")

# %%
# A *profile* holds one constant at another value, fits the rest again, and looks how much the *misfit* rises: the sum
# of squared errors, each in units of its noise (minus twice the log likelihood). A rise of 3.84 is the edge of a 95 %
# interval. The data determine eta_h. ``decoder0`` could be anything that is
# small, and to print its value would be worth nothing. (``nu.figures.profiles`` draws profiles.) Where *behaviour* is
# known, give it (``output`` of the recording): then y is seen too.
#
# What goes wrong: noise
# ----------------------
# *Predict: with plain squared distances (no crossvalidation), which way are the constants wrong?*
biased = nu.trajectory(rec, task, metric="sqeuclidean")
fits = {
    "crossnobis": law,
    "plain, noise ignored": nu.UniversalModel(floor=False).fit(biased),
    "plain, a floor is fitted": nu.UniversalModel().fit(biased),
}
for name, fit in fits.items():
    speed = fit.constants_.speed.values
    print(f"{name:>25}: speed {speed[0]:.3f} [{speed[1]:.3f}, {speed[2]:.3f}], truth {np.sqrt(true_h * true_y):.3f}")

# %%
# Noise adds the same to all distances. The law takes that for distances that were there before learning, so that less
# seems to be learned: the speed comes out too small, and its interval does not hold the truth. The toolkit
# fits it as a constant, the ``floor``, where distances are not crossvalidated. Crossvalidation is better: it needs no
# such assumption.
#
# What goes wrong: too short a recording
# --------------------------------------
# *Predict: leave out the last sessions. Are the constants wrong, or are intervals wider?*
for last in (8, 5, 3):
    short = nu.UniversalModel().fit(movie.sel(time=slice(1, last))).constants_
    speed, said = short.speed.values, short.message.item().split(". ")[0]
    print(f"sessions 1 to {last}: speed {speed[0]:.3f} [{speed[1]:.3f}, {speed[2]:.3f}]: {said}")

# %%
# Where the law is exactly true, as here, intervals become wider and still hold the truth. In real networks it is only
# nearly true, and constants move with the end of the data (tutorial 02). ``nu.truncation(law, movie)`` shows how far.
#
# What goes wrong: a fit always gives numbers
# -------------------------------------------
# Here are two false worlds: distances that relax at one rate, and a whole RDM that grows. And the right world with a
# wrong task: somebody mixed up the targets.
#
# *Predict: can you tell from R2 that the law is false?*
seen = {"sessions": 8, "repeats": 8, "neurons": 80, "snr": 1.0, "seed": 0}
mixed = np.random.default_rng(1).permutation(task.targets.values)
wrong_task = nu.tasks.from_arrays(task.stimuli.values, mixed, task.condition.values)
others = {
    "the law is true": movie,
    "exponential world": nu.trajectory(nu.simulate_brain(task, world="exponential", **seen), task, metric="crossnobis"),
    "gain world": nu.trajectory(nu.simulate_brain(task, world="gain", **seen), task, metric="crossnobis"),
    "targets mixed up": nu.trajectory(rec, wrong_task, metric="crossnobis"),
}
rows = {}
for name, other in others.items():
    table = nu.UniversalModel().fit(other).constants_
    rows[name] = {"R2": table.r2.item(), "speed": table.speed.values[0], "excess": table.excess.item()}
verdicts = pd.DataFrame(rows).T
print(verdicts.round(2).to_string())

# %%
# The warnings are part of the answer. And ``excess`` is the number to look at: the squared misfit in units of the
# noise. It is 1 where the law leaves nothing but noise, and it is known because crossnobis distances come with their
# sampling variance (``h_var``). Where the law is false it is two to ten here, even where R2 is not bad. The fit gives
# a speed in any case. It means something only if the law holds, and that a good fit does not show: it takes rivals
# and held-out conditions (tutorials 03 and 07).
#
# Exercise
# --------
# Another laboratory records the same brain with an amplifier that multiplies all *activity* by 2. By which factors do
# eta_h, eta_y and the speed change? Call ``check`` with the three factors. (It fits the amplified recording.)


def check(eta_h, eta_y, speed):
    """Compare three factors with a fit to the amplified recording."""
    louder = nu.trajectory(rec.assign(activity=2 * rec.activity), task, metric="crossnobis")
    table = nu.UniversalModel().fit(louder).constants_
    real = [(table[n].item() / found[n].item()) for n in ("eta_h", "eta_y")] + [float(table.speed[0] / found.speed[0])]
    assert np.allclose([eta_h, eta_y, speed], real, rtol=0.03), "Not yet: h is a *squared* distance."
    print(f"Right. The fit says {real[0]:.3f}, {real[1]:.3f} and {real[2]:.3f}.")


# check(2, 2, 2)  # take the first # away, and put your three factors in place of these
