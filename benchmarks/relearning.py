"""Re-learning after a switch: how well a second phase follows from the first, with nothing fitted after the switch.

    python benchmarks/relearning.py [--seeds 5] [--epochs 1500] [--width 200]

Ten digits, gain .5, lr .1; linear and tanh networks of one hidden layer learn by one rule, then by another or with
their targets turned round. R2 of the distances after the switch, and of how far they moved ("moved"): from the start's
weights and the true constants, means and biases followed; from distances alone, by the law fitted to the first phase;
and by a law that knows the RDM at the switch only.
"""

import argparse
import json
import warnings

import numpy as np

import neurouniv as nu
from neurouniv.laws import LAWS
from neurouniv.systems.learning_rules import WeightDecay
from neurouniv.which_rule.constants import with_constants

LR, GAIN, SHORT = 0.1, 0.5, 400
SWITCHES = [
    ("backprop", "feedback_alignment", False), ("feedback_alignment", "backprop", False),
    ("backprop", "weight_decay", False), ("backprop", "backprop", True), ("backprop", "feedback_alignment", True),
    ("feedback_alignment", "backprop", True), ("feedback_alignment", "feedback_alignment", True),
    ("weight_decay", "weight_decay", True),
]  # fmt: skip
NAMES = {"backprop": "universal"}


def products(runs, feedback):
    """What the law starts from, of the weights at the first frame."""
    shapes, first = json.loads(runs.weights.attrs["shapes"]), runs.isel(time=0, layer=0)
    parts = np.split(first.weights.values, np.cumsum([np.prod(shape) for shape in shapes])[:-1], axis=-1)
    D, H = parts[2].reshape(-1, *shapes[2]), first.hidden.values
    B = np.ones_like(D) if feedback is None else feedback.isel(time=0).values.reshape(D.shape)
    dims = ("seed", "output", "output_")
    products = {"decoder": (dims, D @ D.mT), "feedback": (dims, B @ B.mT), "product": (dims, D @ B.mT)}
    return products | {"pseudo": (("seed", "condition", "output"), H @ B.mT)}


def followed(first, second, turned, nonlinearity, args):
    task = nu.tasks.digits(per_class=1)
    other = task.assign(targets=task.targets.copy(data=task.targets.values[::-1])) if turned else task
    settings = {"width": args.width, "gain": GAIN, "lr": LR, "epochs": args.epochs if turned else SHORT, "record": 20}
    settings |= {"nonlinearity": nonlinearity, "seeds": args.seeds, "dtype": "float64", "progress": False}
    before = nu.train(task, rule=first, weights=True, **settings)
    after = nu.train(other, rule=second, weights=True, start=before, **settings)
    phases = [nu.trajectory(runs).squeeze("layer", drop=True) for runs in (before, after)]
    feedback = before.get("feedback_weights", after.get("feedback_weights"))
    law, then = (NAMES.get(rule, rule) for rule in (first, second))
    told = phases[0].assign(products(before, feedback))
    size, seeds = np.trace(told.feedback.values, axis1=1, axis2=2) / 10, before.seed
    rate, own = LR / 100, {"decay": LR * WeightDecay.decay}
    constants = {
        "eta_h": rate * size**0.5 if law == "feedback_alignment" else rate + 0 * size,
        "eta_y": rate + 0 * size,
    }
    constants |= {"decay": own["decay"] + 0 * size} if law == "weight_decay" else {}
    constants = {name: seeds.copy(data=value) for name, value in constants.items()}
    more = own if then == "weight_decay" != law else {}
    known = nu.relearning(told, phases[1], with_constants(LAWS[law](means=True), constants), rule=then, constants=more)
    unseen = {"feedback0": 2 * args.width / (args.width + 10), "decoder0": 2 * GAIN**2 * args.width / (args.width + 10)}
    needed = {"feedback0": (law == "feedback_alignment") != (then == "feedback_alignment")}
    needed["decoder0"] = needed["feedback0"] and law == "feedback_alignment"
    more = more | {name: unseen[name] for name in unseen if needed[name]}
    alone = nu.relearning(*(phase.drop_vars(["y", "w", "output"]) for phase in phases), law, rule=then, constants=more)
    return known, alone


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("seeds", 5), ("epochs", 1500), ("width", 200)):
        parser.add_argument(f"--{name}", type=int, default=default)
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    print(
        "network, switch: weights known, R2 least | moved least || distances alone, R2 | moved || RDM alone, R2 | moved"
    )
    for nonlinearity in ("linear", "tanh"):
        for first, second, turned in SWITCHES:
            known, alone = followed(first, second, turned, nonlinearity, args)
            of_known = [float(known[name].sel(phase="after").min()) for name in ("r2", "moved")]
            of_alone = [float(alone[name].sel(phase="after").median()) for name in ("r2", "moved")]
            rest = [float(alone[f"{name}_unlearned"].median()) for name in ("r2", "moved")]
            switch = f"{nonlinearity}, {first} -> {second}{', other targets' if turned else ''}"
            shown = [f"{of_known[0]:.5f} | {of_known[1]:.4f}", *(f"{a:.3f} | {b:.3f}" for a, b in (of_alone, rest))]
            print(f"{switch}:", " || ".join(shown), flush=True)
