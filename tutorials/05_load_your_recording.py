"""
05. Load your own recording
===========================

**Question: how do the trials in my files become an RDM movie that a law can be asked about, and which mistakes are
caught on the way?**

You need tutorial 01 (RDM, crossvalidation), and to know what your conditions are: the things whose responses are
compared. *Predict* means: stop and guess before you read on. Files are written here first, so that the script runs
anywhere; put your own in their place. Readers of NWB, MNE and MATLAB files come with
``pip install "neurouniv[recordings]"``, of images with ``[fmri]``.

Measured on one core: 6 seconds of processor time, 0.3 GB of memory.
"""

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.io import savemat

import neurouniv as nu

scratch = tempfile.TemporaryDirectory()
folder = Path(scratch.name)

# %%
# What is recorded
# ----------------
# Spike counts of 30 neurons in 192 trials: six stimuli, eight times each, on four days. The animal learns to
# distinguish cars from cats, so from day to day the responses to the two grow apart. "low", "mid" and "high" are
# sizes.
rng = np.random.default_rng(0)
names = ["car_low", "car_mid", "car_high", "cat_low", "cat_mid", "cat_high"]
shown = np.tile(np.repeat(np.arange(6), 8), 4)
day = np.repeat([1, 2, 3, 4], 48)
stimulus = np.array(names)[shown]
own, kind = rng.gamma(2.0, 1.0, size=(6, 30)), np.repeat(rng.gamma(2.0, 1.5, size=(2, 30)), 3, axis=0)
counts = rng.poisson(5 + 3 * own[shown] + day[:, None] * kind[shown])  # (trial, neuron)

savemat(folder / "mouse.mat", {"counts": counts, "stim": stimulus.astype(object), "day": day})

# %%
# Read it
# -------
# *Predict: the file has three fields. Will the program guess which one is the condition?*
try:
    nu.read_recording(folder / "mouse.mat")
except nu.InputError as error:
    print(str(error).replace(str(folder), "FOLDER"))

# %%
# No. The message lists what is there and shows the call to make. Say which field is what:
fields = {"activity": "counts", "condition": "stim", "session": "day"}
rec = nu.read_recording(folder / "mouse.mat", **fields)
print(nu.describe(rec).replace(str(folder), "FOLDER"))

# %%
# (A *session* is a recording at one point of learning, here a day; a *run* a block of trials within it.) Read this
# screen before anything else. Are trials, channels and conditions as many as you recorded? Is each
# condition in each session? Its last lines say what can be computed: here not ``crossnobis``, for there are no runs.
#
# Runs, then the movie
# --------------------
# Crossvalidation (tutorial 01) multiplies differences of two *independent* parts of the trials. If your recording has
# runs or blocks, name them (``run="block"``). If not, make four of alternating trials. Noise that drifts slowly is
# then shared by all four, so real runs are better.
rec = nu.with_runs(rec, runs=4)
movie = nu.trajectory(rec, metric="crossnobis")
print("mean distance, day by day:", movie.h.mean("pair").values.round(0))

# %%
# The same from other files
# -------------------------
# The content says what format it is, not the ending. All of these give the same movie. (Most of the lines write the
# files; yours are there already. The last six read them.)
np.savez(folder / "mouse.npz", counts=counts, stim=stimulus, day=day)

neurons = [f"n{k:02d}" for k in range(30)]
wide = pd.DataFrame(counts, columns=neurons).assign(stim=stimulus, day=day)  # a column for each neuron
wide.to_csv(folder / "wide.csv", index=False)
long = wide.reset_index(names="trial").melt(["trial", "stim", "day"], neurons, "neuron", "spikes")
long.to_csv(folder / "long.csv", index=False)  # a row for each trial and neuron

onset = 2.0 * np.arange(192)  # spikes sorted by Kilosort and phy: times and units, with a table of trials beside them
in_trial = np.repeat(np.indices(counts.shape).reshape(2, -1), counts.ravel(), axis=1)
seconds = onset[in_trial[0]] + rng.uniform(0, 1, in_trial.shape[1])
(folder / "phy").mkdir()
(folder / "phy" / "params.py").write_text("sample_rate = 30000.0\n")
np.save(folder / "phy" / "spike_times.npy", np.sort((seconds * 30000).astype(int)))
np.save(folder / "phy" / "spike_clusters.npy", in_trial[1][np.argsort(seconds)])
pd.DataFrame({"cluster_id": range(30), "group": "good"}).to_csv(folder / "phy/cluster_group.tsv", sep="\t", index=False)
pd.DataFrame({"onset": onset, "stim": stimulus, "day": day}).to_csv(folder / "trials.csv", index=False)

labels = {"condition": "stim", "session": "day"}
same = {
    "npz": nu.read_recording(folder / "mouse.npz", **fields),
    "arrays": nu.read_recording({"counts": counts, "stim": stimulus, "day": day}, **fields),
    "wide table": nu.read_recording(folder / "wide.csv", activity=neurons, **labels),
    "long table": nu.read_recording(folder / "long.csv", activity="spikes", channel="neuron", trial="trial", **labels),
    "data frame": nu.read_recording(wide, activity=neurons, **labels),
    "phy": nu.read_recording(
        folder / "phy", trials=folder / "trials.csv", onset="onset", onset_unit="s", window=(0, 1), **labels
    ),
}  # fmt: skip
for name, other in same.items():
    h = nu.trajectory(nu.with_runs(other, runs=4), metric="crossnobis").h
    np.testing.assert_allclose(h, movie.h, rtol=1e-9, err_msg=name)
print("the same movie from", ", ".join(same))

# %%
# MNE epochs and images need their libraries. Epochs have times within the trial, *latencies*; an image has one volume
# for each trial, and a table says which.
import mne  # noqa: E402
import nibabel  # noqa: E402

info = mne.create_info(neurons, sfreq=100.0, ch_types="eeg")
events = np.column_stack([100 * np.arange(192), np.zeros(192, int), shown + 1])
volts = 1e-6 * (counts[:, :, None] + rng.normal(size=(192, 30, 50)))
ids = {name: k + 1 for k, name in enumerate(names)}
days = pd.DataFrame({"day": day})
epochs = mne.EpochsArray(volts, info, events, tmin=-0.1, event_id=ids, metadata=days, verbose="error")
eeg = nu.read_recording(epochs, session="day")  # or "sub-01-epo.fif"
print("MNE:", dict(eeg.sizes))

betas = nibabel.Nifti1Image(counts.T.reshape(5, 3, 2, 192).astype("float32"), np.eye(4))
nibabel.save(betas, folder / "betas.nii.gz")
wide[["stim", "day"]].to_csv(folder / "events.tsv", sep="\t", index=False)
fmri = nu.read_recording(folder / "betas.nii.gz", events=folder / "events.tsv", **labels)
print("NIfTI:", dict(fmri.sizes))

# %%
# Several NWB files, one for each session, are one recording: ``nu.read_recording("mouse1/*.nwb")``. Five such files
# come with the package. Each day has other neurons, and dates or file names put the days in order.
nwb = nu.datasets.load("simulated_mouse")
print("NWB:", dict(nwb.sizes), "sessions", np.unique(nwb.session))

# %%
# Every format, what to say, and its mistake
# ------------------------------------------
# The content says what format it is. What *you* have to say depends on its kind, and so does the mistake to look for.
#
# * **Spikes or series with a clock**: NWB, Kilosort/phy, IBL ALF, pynapple, Neo (Blackrock, Plexon, Spike2, Neuralynx,
#   TDT, Open Ephys). Say the table of trials, the column of onsets and the window. *Mistake*: onsets in another unit
#   than the recording's clock.
# * **Calcium**: suite2p, CaImAn, Minian. The same; onsets are often numbers of frames: ``onset_unit="frame"``.
# * **MEG and EEG**: MNE .fif, EEGLAB .set, BrainVision .vhdr, EDF/BDF, CTF .ds and what else MNE reads. Events name the
#   conditions. *Mistake*: no session, so that time is time within the trial, and no law can be asked.
# * **Images**: NIfTI, GIFTI, CIFTI, GLMsingle. Say the table of events, a mask, an atlas. *Mistake*: a time series in
#   place of *betas* (a beta is a voxel's estimated response to one trial), or a table of other length.
# * **MATLAB .mat**, old and 7.3, FieldTrip and SPM files in it too: fields by their names, ``"Bs[1].latents"``.
#   *Mistake*: neurons first, trials second; see below.
# * **Arrays**: netCDF, zarr, HDF5, .npz, .npy, a dict. *Mistake*: labels in another order than the trials.
# * **Tables**: CSV, Parquet, a data frame. *Mistake*: a long table whose trials have no number of their own.
# * **RSA tools**: rsatoolbox data sets. RDMs that you have already go in by ``nu.read_rdms``.
#
# ``help(nu.read_recording)`` has all settings. ``neurouniv read FILE`` in a shell shows the same screen as
# ``nu.describe``.
#
# The task, in your experiment's terms
# ------------------------------------
# An RDM movie needs no task, but a law does: it starts from how far apart stimuli are, and targets.
#
# * **Stimuli**: what the conditions are to the senses. A row of numbers for each: pixels, pitch and loudness, an
#   odour's chemistry, the response of an early area. Here: a car or a cat (two numbers), and a size.
# * **Targets**: what the animal is asked for. A row of numbers for each: which lever, which reward, which class. Here:
#   car or cat.
#
# *Predict: the law also needs units. Does it matter whether size counts from 0 to 1, or from 0 to 100?*
stimuli = {"car_low": [1, 0, 0.0], "car_mid": [1, 0, 0.5], "car_high": [1, 0, 1.0],
           "cat_low": [0, 1, 0.0], "cat_mid": [0, 1, 0.5], "cat_high": [0, 1, 1.0]}  # fmt: skip
targets = {name: [1, 0] if name.startswith("car") else [0, 1] for name in stimuli}
task = nu.tasks.from_arrays(list(stimuli.values()), list(targets.values()), list(stimuli))
movie = nu.trajectory(rec, task, metric="crossnobis")
table = pd.DataFrame({"pair": movie.pair.values[:5], "dx2": movie.dx2.values[:5], "dy2": movie.dy2.values[:5]})
print(table.to_string(index=False))

# %%
# It does matter: ``dx2`` says which pairs are far apart at the senses, so features must be in units that make sense
# beside each other. One factor for *all* features changes nothing but the constants. Where you do not know, try two
# descriptions, and report both.
nu.figures.show(nu.figures.time_courses(movie, title="Crossvalidated distances, by targets"))

# %%
# Pairs with different targets grow apart, others do not. Whether a law describes that is the question of tutorials 06
# and 07; six conditions are few for it.
#
# Mistakes, and what they say
# ---------------------------
# *Predict, for each: is it caught?*


def attempt(mistake, do):
    """Print what happens."""
    try:
        do()
        print(f"{mistake}: NOT CAUGHT")
    except (nu.InputError, FileNotFoundError) as error:
        print(f"{mistake}: {str(error).replace(str(folder), 'FOLDER')}")


arrays = {"counts": counts, "stim": stimulus, "day": day}
hole = np.where(np.arange(counts.size).reshape(counts.shape) == 94, np.nan, counts)
other_names = nu.tasks.from_arrays(task.stimuli.values, task.targets.values, [name.replace("_", " ") for name in names])
attempt("a field that is not there", lambda: nu.read_recording(arrays, activity="count", condition="stim"))
attempt("labels of other trials", lambda: nu.read_recording(arrays | {"stim": stimulus[:-1]}, **fields))
attempt("a value is missing", lambda: nu.read_recording(arrays | {"counts": hole}, **fields))
attempt("no runs", lambda: nu.trajectory(nu.read_recording(arrays, **fields), metric="crossnobis"))
attempt("other names in the task", lambda: nu.trajectory(rec, other_names, metric="crossnobis"))
attempt("no task", lambda: nu.UniversalModel().fit(nu.trajectory(rec, metric="crossnobis")))
attempt("no such file", lambda: nu.read_recording(folder / "mouse2.mat"))
attempt("neurons first, trials second", lambda: nu.read_recording(arrays | {"counts": counts.T}, **fields))
shuffled = rng.permutation(stimulus)
attempt("labels in a wrong order", lambda: nu.read_recording(arrays | {"stim": shuffled}, **fields))

# %%
# And two of single formats: a table of events that lost its last row, and spikes without a window.
wide[["stim", "day"]].iloc[:-1].to_csv(folder / "short.tsv", sep="\t", index=False)
spikes = {"trials": folder / "trials.csv", "onset": "onset", "onset_unit": "s"} | labels
attempt("a row short", lambda: nu.read_recording(folder / "betas.nii.gz", events=folder / "short.tsv", **labels))
attempt("no window", lambda: nu.read_recording(folder / "phy", **spikes))
in_ms = spikes | {"onset_unit": "ms", "window": (0, 1)}
attempt("onsets in seconds, said to be in ms", lambda: nu.read_recording(folder / "phy", **in_ms))

# %%
# Three are not refused. *Neurons first* is understood: the axis as long as the labels is that of the trials. *Labels in
# a wrong order* and *a wrong unit* no program can see: what was said is possible. But you can see it: the distances are
# then much smaller, and those of shuffled labels partly below 0.
rec_of_shuffled = nu.with_runs(nu.read_recording(arrays | {"stim": shuffled}, **fields), runs=4)
wrong = nu.trajectory(rec_of_shuffled, metric="crossnobis")
late = nu.trajectory(nu.with_runs(nu.read_recording(folder / "phy", **in_ms), runs=4), metric="crossnobis")
for what, each in {"all right": movie, "shuffled labels": wrong, "wrong unit": late}.items():
    print(f"{what}: mean distances {each.h.mean('pair').values.round(0)}, smallest {float(each.h.min()):.0f}")
scratch.cleanup()

# %%
# Exercise
# --------
# A colleague recorded one long day, so there is no session. Learning may still be seen within it: cut the trials into
# windows. Read ``arrays`` without ``session``, make four windows of trials with ``nu.learning_axis(rec, windows=4)``,
# then four runs, then the crossnobis movie. Call ``check`` with the movie.


def check(movie):
    """Say whether the movie has four windows, runs and the right distances."""
    assert movie.sizes["time"] == 4, f"The movie has {movie.sizes['time']} times. Windows make the axis of learning."
    assert "h_var" in movie, "There is no sampling variance: make runs first, and take metric='crossnobis'."
    np.testing.assert_allclose(movie.h.values, nu.trajectory(rec, metric="crossnobis").h.values, rtol=1e-9)
    print(f"Right. Time is counted in {movie.time.attrs['units']}.")


# check(nu.trajectory(nu.read_recording(arrays, activity="counts", condition="stim")))  # mend this line
