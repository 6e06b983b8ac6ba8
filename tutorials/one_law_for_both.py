"""Does one law describe both? Networks and a brain that learn the same conditions, one question, one page.

Run it with `python tutorials/one_law_for_both.py`; it takes less than a minute and leaves `report.html`.
"""

import neurouniv as nu

# %% 1. Two learners of the same conditions.
# The networks' conditions and the brain's are joined by name. The brain is simulated here: a network that learns, seen
# through the spikes of 100 neurons in six sessions. Yours comes from `nu.read_recording`.
task = nu.tasks.digits(per_class=2)
runs = nu.train(task, nonlinearity="tanh", width=60, gain=0.5, lr=0.3, epochs=600, seeds=range(2), record=12)
network = nu.trajectory(runs).squeeze("layer", drop=True)
rec = nu.simulate_brain(task, rule="backprop", sessions=6, repeats=8, neurons=100, snr=1.0, lr=0.1, seed=1)
mouse = nu.trajectory(rec, task, metric="crossnobis")

# %% 2. And one that the law should not describe.
# A test that cannot fail shows nothing. In this world every distance approaches its end by itself, at one rate.
false = nu.simulate_brain(task, world="exponential", sessions=6, repeats=8, neurons=100, snr=1.0, seed=2)
control = nu.trajectory(false, task, metric="crossnobis")

# %% 3. The question.
# (`other_tasks=False` leaves out how far the answer moves if the mouse's task was another; that takes a minute.)
systems = {"network": network, "mouse": mouse, "control": control}
result = nu.universality_test(systems, controls=["control"], resamples=200, other_tasks=False)
print(result.attrs["answer"])

# %% 4. What it rests on.
# A row a system: what the law explains of the change on held-out conditions, beside what the truth would reach; the
# nearest rival, and its error over the law's.
table = result[["decision", "change_r2", "change_most", "nearest", "nearest_ratio"]].reset_coords(drop=True)
print(table.to_dataframe().round(2))

# %% 5. RSA between the two.
# Which training step of the network is most like which session of the mouse, beside the network before training.
rsa = result.isel(rsa_pair=0)
print(rsa[["rsa_best", "rsa_final", "rsa_untrained"]].reset_coords(drop=True).to_dataframe().round(2))

# %% 6. The page.
nu.report(result, "report.html")
