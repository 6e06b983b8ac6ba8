"""
Every figure
============

All figures of the toolkit, each with the call that draws it. Each takes a Dataset and returns a matplotlib `Figure`,
whose `savefig("name.svg")` writes it. Data here are small, so do not read anything into what they show.
"""

# sphinx_gallery_capture_repr = ()
import tempfile

import numpy as np
import xarray as xr

import neurouniv as nu

# %%
# RDMs
# ----
# RDMs of a simulated mouse over five sessions, the names of conditions beside them.

mouse = nu.trajectory(nu.datasets.load("simulated_mouse"), metric="crossnobis")
nu.figures.rdm(mouse)

# %%
# A film strip: one RDM a session. `nu.figures.animation(mouse)` is the same as a moving picture (gif, mp4, html).

nu.figures.film(mouse)

# %%
# Conditions in two dimensions, a panel a time or the way of each over learning.

nu.figures.mds(mouse, traces=True)

# %%
# Which conditions group together, and how faithful two dimensions are.

nu.figures.dendrogram(mouse)

# %%

nu.figures.shepard(mouse)

# %%
# RSA
# ---
# Which model RDM is like these data, and when.

kind = {name: name < "odour E" for name in mouse.condition.values}
models = {
    "kind": kind,
    "last session": mouse.h.isel(time=-1),
    "order": {n: i for i, n in enumerate(mouse.condition.values)},
}
nu.figures.rsa(nu.rsa(mouse, models, test="permutation"))

# %%
# What models explain alone and together, and how they mix.

nu.figures.variance_parts(nu.rsa(mouse, {name: models[name] for name in ("kind", "order")}, partition=True))

# %%

nu.figures.mixture_weights(nu.rsa(mouse, models, weighted=["kind", "order"]))

# %%
# Every step of a network against every session.

task = nu.tasks.digits(per_class=2)
settings = {"nonlinearity": "tanh", "width": 60, "gain": 0.2, "lr": 0.3, "epochs": 900, "record": 16}
network = nu.trajectory(nu.train(task, seeds=range(2), **settings)).squeeze("layer", drop=True)
brain = nu.trajectory(nu.simulate_brain(task, sessions=6, snr=1.0), task, metric="crossnobis")
nu.figures.rsa_matrix(nu.rsa(brain, {"network": network.mean("seed")}, model="each"))

# %%
# A law and what it describes
# ---------------------------
# Two points, three curves: solid what was seen, dotted the law with two fitted constants.

two = nu.tasks.two_points()
wide = {"width": 100, "gain": 0.35, "lr": 0.02, "epochs": 2000, "record": 60}
pair = nu.trajectory(nu.train(two, hidden_layers=2, **wide)).isel(seed=0, layer=0)
law = nu.PairwiseModel(restarts=8).fit(pair)
nu.figures.curves(pair, law.predict(pair))

# %%

linear = nu.trajectory(nu.train(two, nonlinearity="linear", **wide)).isel(seed=0, layer=0)
systems = {"leaky relu, 2 layers": (pair, law), "linear, 1 layer": (linear, nu.PairwiseModel().fit(linear))}
nu.figures.curves_grid({name: (traj, fit.predict(traj)) for name, (traj, fit) in systems.items()})

# %%
# Many conditions: mean distances within and between classes, seen and by the law.

fitted = nu.UniversalModel().fit(network)
expected = fitted.predict(network)
nu.figures.time_courses(network, expected)

# %%
# The RDM of stimuli, by the law, and as it was learned.

nu.figures.geometry(network, expected)

# %%
# Theory against experiment, a point a pair.

nu.figures.agreement(network, expected)

# %%
# Constants, with their intervals; hollow what should not be read.

nu.figures.constants({"network": fitted.constants_, "mouse": nu.UniversalModel().fit(brain).constants_})

# %%
# Is the optimum found? How wide is it?

nu.figures.waterfall(law.constants_)

# %%

nu.figures.profiles(nu.profile(law, pair))

# %%
# Constants over the depth of a network, or over latencies.

deep = nu.trajectory(nu.train(task, hidden_layers=3, layers=[0, 1, 2], seeds=range(3), **settings))
nu.figures.constants_along(nu.UniversalModel().fit(deep).constants_)

# %%
# Constants of searchlights, on slices of the volume (here made up).

places = np.mgrid[0:12, 0:14, 0:6].reshape(3, -1)
places = places[:, ((places - [[5.5], [6.5], [2.5]]) ** 2 / [[36], [49], [12]]).sum(0) < 1] * 3.0
coords = {name: ("searchlight", row) for name, row in zip("xyz", places, strict=True)}
rates = xr.DataArray(
    1e-3 * np.exp(-places[0] / 20), coords, "searchlight", name="eta_h", attrs={"units": "per session"}
)
nu.figures.searchlight_map(rates, known=rates > 2e-4, log=True, title="Made up")

# %%
# In the law's own units every pair of every system lies on one curve.

own = {
    name: nu.dimensionless(traj, nu.PairwiseModel().fit(traj).constants_) for name, traj in (("a", pair), ("b", linear))
}
nu.figures.collapse(own)

# %%
# On trial
# --------
# Laws compared on held-out conditions.

laws = [nu.UniversalModel(), *(nu.RIVALS[name]() for name in ("static", "exponential", "gain"))]
compared = nu.compare(laws, brain, resamples=200)
nu.figures.comparison(compared)

# %%
# One law for several systems: a forest plot, courses, constants, one curve, RSA between them.

answer = nu.universality_test({"network": network, "mouse": brain}, other_tasks=False, resamples=50)
nu.figures.explained(answer)

# %%

nu.figures.courses(answer)

# %%

nu.figures.constants_of(answer)

# %%

nu.figures.master_curve(answer)

# %%

nu.figures.between(answer)

# %%

nu.figures.alike(answer)

# %%
# How much data it takes, and what can be recovered.

few = nu.tasks.digits(per_class=1)
few_laws = [nu.UniversalModel(), nu.RIVALS["static"](), nu.RIVALS["gain"]()]
planned = nu.plan(
    few, sessions=[4], repeats=[4, 8], snr=[1.0], rivals=["static", "gain"], studies=2, resamples=50, rough=True
)
nu.figures.power(planned)

# %%

small = nu.trajectory(nu.simulate_brain(few, sessions=5), few, metric="crossnobis")
nu.figures.confusion(nu.recover(few_laws, like=small, studies=2, partitions=1, resamples=50))

# %%
# Learning rules
# --------------
# How probable each rule is, and how often rules are taken for each other (counts are made up).

asked = nu.rules(network.isel(seed=0)[["h", "dx2", "dy2", "targets"]], rules=["backprop", "feedback_alignment", "lazy"])
nu.figures.rule_probabilities(asked)

# %%

names = ["backprop", "feedback_alignment", "lazy"]
counts = xr.DataArray([[20, 7, 3], [5, 24, 1], [2, 2, 26]], {"true": names, "best": names}, ("true", "best"))
nu.figures.rule_confusion(counts.to_dataset(name="confusion"))

# %%
# What rules predict differently. What follows when targets change:
# `nu.figures.rule_switch(nu.relearning(first, second))`,
# of trajectories before and after.

nu.figures.rule_signatures(nu.rule_signatures(task))

# %%
# A study of many systems
# -----------------------

mlp = {"name": "mlp", "nonlinearity": ["tanh", "relu"], "rule": ["backprop", "feedback_alignment"], "width": 30,
       "gain": 0.5, "lr": 0.2, "epochs": 300, "record": 10}  # fmt: skip
many = {"task": {"name": "digits", "per_class": 1}, "seeds": 2, "laws": ["universal", "static", "exponential"],
        "compare": {"resamples": 50}, "systems": {"networks": [mlp]}}  # fmt: skip
folder = tempfile.mkdtemp()
study = nu.run_study(many, folder, workers=0, progress=False)
study = nu.open_study(folder)
nu.figures.verdict_map(nu.verdicts(study), rows="nonlinearity", columns="rule")

# %%
# Shaded: where learning would be rich (structure from the task) and where lazy, from the start of a network.

nu.figures.constants_map(study["systems"].to_dataset(), start=network.isel(seed=0))

# %%

nu.figures.similarity_map(nu.similarity_of_systems(study))

# %%
# For print
# ---------
# As wide as a column of a journal, 89 or 183 mm, with letters that can be read.

nu.figures.to_column(nu.figures.time_courses(network, expected), 89)
