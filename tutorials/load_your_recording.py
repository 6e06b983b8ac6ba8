"""Load your own recording: from a file of trials to a movie of crossvalidated distances.

Run it with `python tutorials/load_your_recording.py`; it takes a few seconds and leaves two files and a picture.
"""

import numpy as np
from scipy.io import savemat

import neurouniv as nu

# %% 1. A file as laboratories keep them.
# Here we write one, so that the script runs anywhere: spike counts (trial, neuron) of six stimuli in four sessions.
rng = np.random.default_rng(0)
stimulus = np.tile(np.repeat(np.arange(6), 8), 4)
day = np.repeat(np.arange(1, 5), 48)
tuning = rng.gamma(2.0, 2.0, size=(6, 30))
counts = rng.poisson(5 + day[:, None] * tuning[stimulus])
names = np.array(["car_low", "car_mid", "car_high", "cat_low", "cat_mid", "cat_high"], dtype=object)
savemat("session_counts.mat", {"counts": counts, "stim": names[stimulus], "day": day})

# %% 2. What is in it?
# Nothing is guessed in silence. Where a file does not say which field is the activity and which the condition, the
# message lists what was found and shows the call to make.
try:
    nu.read_recording("session_counts.mat")
except nu.InputError as error:
    print(error)

# %% 3. Say which field is what.
rec = nu.read_recording("session_counts.mat", activity="counts", condition="stim", session="day")
print(nu.describe(rec))

# %% 4. Runs to crossvalidate over.
# Noise makes distances too large. A product of differences between two independent halves of the trials does not have
# that bias: its mean is 0 where two conditions are the same. Files without runs get runs of alternating trials.
rec = nu.with_runs(rec, runs=4)

# %% 5. The movie.
# h is the distance of every two conditions in every session, h_var its sampling variance.
movie = nu.trajectory(rec, metric="crossnobis")
print(movie.h.mean("pair").round(2).values, "mean distance, session by session")
nu.save(movie, "movie.nc")

# %% 6. A law needs to know what was learned.
# It starts from how far apart stimuli and targets are. Give them, a row a condition; here the first part of a name is
# what is asked for, the second a feature of the stimulus.
order = ["car_low", "car_mid", "car_high", "cat_low", "cat_mid", "cat_high"]
level = np.array([0.0, 0.5, 1.0, 0.0, 0.5, 1.0])
kind = np.repeat([0.0, 1.0], 3)
task = nu.tasks.from_arrays(np.stack([kind, level], axis=1), np.stack([kind, 1 - kind], axis=1), order)
movie = nu.trajectory(rec, task, metric="crossnobis")
nu.figures.time_courses(movie).savefig("recording.png", dpi=120)
# What comes next: `nu.UniversalModel().fit(movie)`, or `nu.universality_test({"mouse": movie, "network": ...})`.
