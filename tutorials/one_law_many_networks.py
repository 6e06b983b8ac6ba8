"""One law, many networks: how representations change in learning, and two constants that stand for the implementation.

Run it with `python tutorials/one_law_many_networks.py`; it takes less than a minute and leaves two pictures.
"""

import neurouniv as nu

# %% 1. Networks that differ learn the same task.
# A task has stimuli and targets, a row a condition. Here: handwritten digits, two of each.
task = nu.tasks.digits(per_class=2)
kinds = {
    "tanh": {"nonlinearity": "tanh", "gain": 0.5},
    "relu": {"nonlinearity": "relu", "gain": 0.5},
    "gated": {"architecture": "gated", "nonlinearity": "tanh", "gain": 0.5},
}
movies = {}
for name, kind in kinds.items():
    # All seeds are trained at once: they are a dimension of the result, as layers, times and conditions are.
    runs = nu.train(task, **kind, width=60, lr=0.3, epochs=600, seeds=range(2), record=20)
    # What is kept of activity is the distance of every two conditions at every time: an RDM movie, `h`.
    movies[name] = nu.trajectory(runs).squeeze("layer", drop=True)
print(movies["tanh"])

# %% 2. One law for all of them.
# Conditions share one encoder and one decoder, and both follow the gradient of the loss, each at its own effective
# learning rate: eta_h and eta_y. That is the law; these two numbers are all that differs between implementations.
fits = {name: nu.UniversalModel().fit(movie) for name, movie in movies.items()}
for name, law in fits.items():
    constants = law.constants_[["eta_h", "eta_y"]].mean("seed")
    print(f"{name}: eta_h {float(constants.eta_h):.3g}, eta_y {float(constants.eta_y):.3g} per epoch")

# %% 3. Does it predict what it has not seen?
# Half of the conditions are held out: the law knows where they start, and predicts where they go. R2 is that of all
# distances among held-out conditions at all times. Beside it, the simplest rival: every distance goes to its end by
# itself, all at one rate.
for name, movie in movies.items():
    result = nu.compare([nu.UniversalModel(), nu.RIVALS["exponential"]()], movie, split="conditions")
    said = ", ".join(f"{law} {float(result.dynamics.sel(law=law).mean()):.3f}" for law in result.law.values)
    print(f"{name}, R2 on held-out conditions: {said}")

# %% 4. See it.
first = movies["tanh"].isel(seed=0)
expected = fits["tanh"].predict(movies["tanh"]).isel(seed=0)
nu.figures.time_courses(first, expected).savefig("time_courses.png", dpi=120)
nu.figures.constants({name: law.constants_ for name, law in fits.items()}).savefig("constants.png", dpi=120)
