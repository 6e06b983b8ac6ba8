"""
09. A study: many systems, on dask, a cluster and GPUs
======================================================

**Question: how do I ask hundreds of systems the same thing, on all cores or machines that I have, so that it can be
stopped, shared and checked?**

You need tutorials 03 (laws on held-out conditions) and 07 (the verdict). A *study* is one file that names systems, and
one folder with what is computed. *Predict* means: stop and guess before you read on.

Measured on one core: 47 seconds of processor time, 0.5 GB of memory. Three processes hold that much each
while two workers run.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import yaml

import neurouniv as nu

scratch = tempfile.TemporaryDirectory()
folder = Path(scratch.name)

# %%
# One file
# --------
# Lists are crossed: one rule by two nonlinearities are two networks. The two brains are worlds in which the law is
# true and false. A study without the false one does not show how often it is fooled.
#
# *Predict: how many systems are these, with one seed each?*
file = """
name: first look
task: {name: digits, per_class: 1}
seeds: 1
laws: [universal, exponential]
compare: {partitions: 1, resamples: 100}
systems:
  networks:
    - name: networks
      rule: [backprop]
      nonlinearity: [tanh, relu]
      width: 50
      gain: .5
      lr: .3
      epochs: 400
      record: 10
  brains:
    - {name: brains, world: [universal, exponential], sessions: 6, snr: 1, trajectory: {metric: crossnobis}}
"""
(folder / "study.yaml").write_text(file)
out = folder / "results"

# %%
# Four: two networks and two brains. Each is a *cell*, computed by itself. In Python, a study is a file or a dict of
# the same keys. ``first=1`` computes one cell of each kind and stops: a look at what the rest will take.
# ``workers=0`` means in this process.
status = nu.run_study(yaml.safe_load(file), out, workers=0, first=1, progress=False)
print(status.text)

# %%
# On all cores, with dask
# -----------------------
# *dask* is a library that runs Python in many processes, here or on other machines. The same command goes on where it
# stopped. ``--workers 2`` starts two processes of dask on this machine; without it there is one for each core. In
# Python: ``nu.run_study("study.yaml", "results", workers=2)``, in a script below ``if __name__ == "__main__":``, for
# each process reads the script again.
#
# *Predict: two of four cells are done. How many are computed now?*


def neurouniv(*arguments):
    """Run a command as in a shell, `neurouniv ...`, and return what it prints."""
    done = subprocess.run(
        [sys.executable, "-m", "neurouniv", *map(str, arguments)], capture_output=True, text=True, check=True
    )
    return done.stdout.replace(str(folder), "FOLDER").replace(sys.executable, "python").strip()


batch_script = neurouniv("study", "sbatch", out)  # while cells are left; shown below
print(neurouniv("study", "run", folder / "study.yaml", "--out", out, "--workers", "2"))

# %%
# A cell's name is a checksum of all that determines its result: every setting, the seeds, the files it reads, the
# version of the code. What is there is not computed again; after a change of the file, only what changed is. The
# number of workers and their order change no bit of it.
#
# Read it
# -------
# The folder opens as one tree, also while it is being computed. ``nu.verdicts`` judges each system.
study = nu.open_study(out)
print(study["systems"].to_dataset()[["name", "state"]].to_dataframe()["name"].value_counts().to_dict())
verdicts = nu.verdicts(study)
table = verdicts[["decision", "r2", "change_r2", "nearest", "law_is"]].to_dataframe()
columns = ["name", "rule", "nonlinearity", "world", "decision", "r2", "change_r2", "nearest", "law_is"]
print(table[[column for column in columns if column in table]].round(2).to_string(index=False))

labels = [" ".join(part for part in row if part) for row in table[["name", "nonlinearity", "world"]].fillna("").values]
colours = {"described": "#0072b2", "cannot tell": "#8a8a8a", "not described": "#d55e00"}
fig, axis = plt.subplots(figsize=(8, 2.8), layout="constrained")
bars = axis.barh(labels, table["change_r2"], color=table["decision"].map(colours))
axis.bar_label(bars, labels=table["decision"], padding=4)
axis.set(xlabel="R2 of change, held out", xlim=(0, 1.25), xticks=np.arange(0, 1.1, 0.2))
axis.invert_yaxis()
plt.show()

# %%
# A row for each system. ``r2`` is that of held-out conditions, ``change_r2`` that of what changes (tutorial 03),
# ``nearest`` the rival with the smallest error; ``law_is`` says of simulated brains whether the law is true in them.
# Look first at the row where it is false: it must not be "described", and is not. Then at the others. With ten
# conditions, one seed and one rival no verdict here should be published: "described" means no more than "better than
# that one rival". For real work start from ``tutorials/studies/where_one_law_holds.yaml`` or ``overnight.yaml``.
#
# ``nu.report(study, "study.html")`` makes a page, ``nu.to_csv(study, "study.csv")`` a table for R.
#
# A cluster
# ---------
# All that machines share is the folder. Three ways, which may be mixed:
#
# * Workers that come by themselves: ``neurouniv study work results`` on any machine that sees the folder helps until
#   nothing is left. A worker that dies gives its cell back.
# * A batch script for SLURM (the queue of most clusters), an array of such workers: ``neurouniv study sbatch results
#   | sbatch``. Here it is:
print(batch_script)

# %%
# * A dask scheduler that you have: ``--scheduler tcp://10.0.0.1:8786``, or in Python
#   ``nu.run_study(file, out, client=dask.distributed.Client(...))``.
#
# GPUs
# ----
# ``device: cuda`` in the file trains networks on a GPU, one process for each. It pays for many seeds of wide
# networks, not for networks as small as these. It is never chosen for you, because last bits differ between CPU and
# GPU.
#
# What goes wrong
# ---------------
# * **A typing error in the file** is found before anything runs:
try:
    nu.run_study(yaml.safe_load(file.replace("nonlinearity:", "nonlinearty:")), folder / "other", workers=0)
except nu.InputError as error:
    print(error)

# %%
# * **A cell fails**: it is kept with its reason (``neurouniv study status results``), the rest goes on.
#   ``--retry-failed`` computes it again.
# * **Everything is computed again** after an update: the code of laws or training changed, so numbers may.
#
# Exercise
# --------
# You add ``feedback_alignment`` to the list of rules and run again in the same folder. How many cells are computed?
# Call ``check`` with the number. (It runs the longer file.)


def check(answer):
    """Run the longer file in the same folder, and count what is new."""
    before = set((out / "cells").glob("*.nc"))
    longer = file.replace("[backprop]", "[backprop, feedback_alignment]")
    nu.run_study(yaml.safe_load(longer), out, workers=0, progress=False)
    new = set((out / "cells").glob("*.nc")) - before
    assert answer == len(new), (
        f"{len(new)} cells were computed: one for each nonlinearity. What was there is not touched."
    )
    print("Right: one for each nonlinearity. The two networks and two brains that were there are not touched.")


# check(8)  # take the first # away, and put your answer in place of 8
