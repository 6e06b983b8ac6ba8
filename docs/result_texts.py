"""The texts of results over the branches of the code: made-up results, and small ones that are computed."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Iterator

import numpy as np
import xarray as xr

import neurouniv as nu
from neurouniv.schema import NeurounivWarning
from neurouniv.universality.planning import plan_report, study_designs
from neurouniv.universality.planning.simulated_studies import simulated_studies
from neurouniv.universality.trial import answer, next_steps
from neurouniv.universality.trial.learners import CONTROL, EXPLORATORY, Learner
from neurouniv.universality.verdict import words
from neurouniv.which_rule import apart, plan_text
from neurouniv.which_rule.answer import described
from neurouniv.which_rule.candidates import NONE, RULES
from neurouniv.which_rule.doubts import doubts

DECISIONS = (words.DESCRIBED, words.NOT_DESCRIBED, words.CANNOT_TELL, words.NOTHING)
NAN = float("nan")


def texts() -> Iterator[tuple[str, str]]:
    """Titles and texts; those that differ only in numbers once."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for make in (verdicts, answers, steps, plans, rule_plans, rules, changes, similarities, fits, recoveries):
            for k, text in enumerate(dict.fromkeys(filter(None, make())), 1):
                yield f"{make.__name__} {k}", text


def verdicts() -> Iterator[str]:
    """Verdicts on one system and on several, over what is known of them."""
    base = {
        "decision": "described", "describes": "yes", "least": 0.9, "most": 0.96, "r2": 0.93, "ceiling": 0.95,
        "change_r2": 0.6, "change_ceiling": 0.8, "repetition": 0.5, "nearest": "gain", "nearest_ratio": 1.42,
        "nearest_p": 0.003, "learned_p": 1e-6, "learned_most": 0.4, "until": 6.0, "until_share": 0.85, "until_end": 0.0,
        "told": ("rival", [True, True]), "outputs_r2": NAN, "outputs_ceiling": NAN, "others": NAN, "constants": 3,
        "flexible_ratio": ("account", [1.3, NAN]), "flexible_p": ("account", [0.02, NAN]),
        "flexible_numbers": ("account", [84, 12]),
    }  # fmt: skip
    cases: list[dict] = [
        {},
        {"until_end": 1.0, "outputs_r2": 0.9, "outputs_ceiling": 0.97, "others": 0.5},
        {"flexible_p": ("account", [0.4, NAN]), "until": NAN},
        {"decision": "cannot tell", "told": ("rival", [True, False]), "nearest_ratio": 1.02, "nearest_p": 0.6},
        {"decision": "cannot tell", "ceiling": NAN, "change_ceiling": NAN, "least": NAN, "describes": "cannot tell"},
        {"decision": "cannot tell", "ceiling": -0.5, "change_ceiling": -0.2, "repetition": -1.0, "r2": -0.2},
        {"decision": "not described", "told": ("rival", [False, False]), "nearest_ratio": 0.541, "describes": "no"},
        {
            "decision": "not described",
            "flexible_ratio": ("account", [0.52, NAN]),
            "flexible_p": ("account", [0.001, NAN]),
        },
        {"decision": "nothing is learned", "learned_p": 0.31, "learned_most": 0.06},
        {"decision": "nothing is learned", "learned_p": 0.31, "learned_most": NAN},
    ]
    coords = {"rival": ["static", "gain"], "account": ["mixture", "mixture, non-negative"]}
    systems = [xr.Dataset(base | case, coords, {"law": "universal", "alpha": 0.05}) for case in cases]
    compared = xr.Dataset(
        coords={"law": ["universal", "static", "gain"], "time": ("time", [1.0], {"units": "sessions"})}
    )
    compared.attrs = {"split": "conditions", "partitions": 1, "errors_about": "other conditions, given these fits"}
    for system in systems:
        yield words.in_words(system.assign(overall=system["decision"]), compared, ["static", "gain"])
    several = xr.concat(systems[:5], "seed").assign_coords(seed=range(5)).assign(overall="not universal")
    yield words.in_words(several, compared, ["static", "gain"])


def answers() -> Iterator[str]:
    """Answers of a test of universality."""
    roles = itertools.product(itertools.combinations_with_replacement(DECISIONS, 2), (CONTROL, EXPLORATORY), DECISIONS)
    for pair, role, of_other in roles:
        decisions, kinds = [*pair, of_other], ["pooled", "pooled", role]
        learned = [word for word in pair if word != words.NOTHING]
        overall = words.NOT_UNIVERSAL if words.NOT_DESCRIBED in learned else words.CANNOT_TELL
        for word in {overall, words.UNIVERSAL} if overall == words.CANNOT_TELL else {overall}:
            result = xr.Dataset(
                {
                    "decision": ("system", decisions), "role": ("system", kinds), "overall": word,
                    "change_r2": ("system", [0.3, 0.9, 0.9]), "change_most": ("system", [1.0] * 3),
                    "change_bound": ("system", [0.06, NAN, 0.1]), "misses": ("system", ["", "mixture", ""]),
                },
                {"system": ["network", "mouse", "third"]},
            )  # fmt: skip
            yield answer.sentence(result)
            yield answer.sentence(result.isel(system=[0, 2]))


def steps() -> Iterator[str]:
    """Next steps where a system is undecided."""
    traj = _movie()
    row = {"decision": words.CANNOT_TELL, "r2_most": 0.9, "r2": 0.9, "untold": "gain, step", "nearest_p": 0.2}
    for kind, role in itertools.product(("network", "recording"), ("pooled", EXPLORATORY)):
        learner = Learner(traj, kind, role, "conditions")
        for case in ({}, {"r2": 0.4}, {"untold": ""}, {"nearest_p": NAN}, {"r2_most": NAN}):
            yield next_steps.settle(row | case, learner, 0.97)


def plans() -> Iterator[str]:
    """Plans in which a design suffices or none does, of many studies and of few."""
    axes = {"sessions": [4, 8], "conditions": [10], "repeats": [4, 8], "snr": [0.2]}
    for slope, studies in itertools.product((0.1, 0.03, 0.0), (40, 4)):
        designs = []
        for cell in study_designs.cheapest_first(axes):
            share = 0.2 + slope * cell["sessions"]
            one = {"power": share, "missed": 0.0, "cannot_tell": 1 - share, "nearest": "gain", "power_nearest": share}
            one |= {"ceiling": 0.5, "told": ("rival", [1.0, share]), "ratio": ("rival", [3.0, 1.5])}
            designs.append(xr.Dataset(one, {"rival": ["static", "gain"]}).assign_coords(cell))
        table = study_designs.table_of_designs(designs, axes, subjects=1, studies=studies)
        yield plan_report.text(table.assign_attrs(law="universal", asked=0.8, studies=studies).isel(snr=0))


def rule_plans() -> Iterator[str]:
    """Plans of studies that are to name the learning rule."""
    names, axes = ["backprop", "lazy"], {"sessions": [4, 8], "conditions": [10], "repeats": [4], "snr": [0.2]}
    for right, among in itertools.product((0.9, 0.4), (list(RULES), names)):
        cells = []
        for cell in study_designs.cheapest_first(axes):
            most = np.array([[right, 1 - right], [1 - right, right]])
            one = {"right": ("truth", [right] * 2), "alone": ("truth", [right / 2] * 2), "inside": ("truth", [1.0] * 2)}
            one |= {"most": (("truth", "rule"), most), "power": right}
            cells.append(xr.Dataset(one, {"truth": names, "rule": names}).assign_coords(cell))
        made = plan_text.finished(study_designs.over_axes(cells, axes), studies=40, subjects=1).isel(snr=0)
        made = made.assign(learned=(("conditions", "truth"), [[1.0, 0.75]]))
        yield plan_text.text(made.assign_attrs(asked=0.8, studies=40, among=among))


def rules() -> Iterator[str]:
    """Answers about learning rules, their reasons and doubts."""
    names = [*RULES, NONE]
    for shares in ({"lazy": 0.95}, {"backprop": 0.6, "weight_decay": 0.35}, {NONE: 0.95}, {}):
        values = [shares.get(name, 0.0 if shares else NAN) for name in names]
        table = xr.Dataset({"probability": ("rule", values), "error": ("rule", np.arange(1.0, 11.0))}, {"rule": names})
        found = described(table, [], 0.9)
        yield "\n".join(f"{name}: {found.attrs[name]}" for name in ("answer", "why", "apart", "calibration"))
    for pair in apart.NAMED:
        yield "\n".join(f"{found.why}: {'; '.join(found.remedies)}" for found in apart.reasons(sorted(pair)))
    few = xr.DataArray([0.2] * len(RULES), {"rule": list(RULES)}, ("rule",))
    yield "\n".join(doubts(_movie().isel(time=slice(4)), xr.DataArray(-1.0), xr.DataArray(0.5), few))


def changes() -> Iterator[str]:
    """Changes between two times: clear, in noise, along given models, and without a task."""
    for noise, seed in ((0.01, 0), (0.3, 1), (3.0, 2)):
        pair = _movie(noise, seed).isel(time=[0, -1])
        yield nu.change(pair, permutations=200).attrs["text"]
        yield nu.change(pair.drop_vars("h_var"), permutations=200).attrs["text"]
        yield nu.change(pair.drop_vars(["dx2", "dy2", "stimuli", "targets"], errors="ignore")).attrs["text"]
        places = xr.concat([pair, _movie(noise, seed + 5).isel(time=[0, -1])], "region").assign_coords(
            region=["V1", "IT"]
        )
        yield nu.change(places, permutations=200).attrs["text"]


def similarities() -> Iterator[str]:
    """RSA of a movie with candidate RDMs, by the tests and corrections that there are."""
    data = _movie(0.3, 3)
    members = xr.concat([_movie(0.3, seed) for seed in range(8)], "subject").assign_coords(subject=range(8))
    models = {"a": data["h"].isel(time=-1, drop=True), "b": data["h"].isel(time=0, drop=True) + data["dx2"]}
    models["twice"] = 2 * models["a"]
    settings: list[dict] = [
        {}, {"resamples": 0, "correction": "none"}, {"test": "permutation"}, {"correction": "holm"}, {"control": "b"},
        {"partition": True}, {"weighted": {"mixed": ["a", "b", "twice"]}}, {"model": "each"},
    ]  # fmt: skip
    for one in settings:
        shown = data[["h"]] if one.get("model") else models
        yield nu.rsa(data, shown, progress=False, **({"resamples": 60} | one)).attrs["text"]
    yield nu.rsa(members, models, resamples=60, progress=False).attrs["text"]
    yield nu.rsa(members, models, test="subjects", correction="cluster", progress=False).attrs["text"]
    yield nu.rsa(data.isel(time=-1), models, resamples=60, progress=False).attrs["text"]


def fits() -> Iterator[str]:
    """Messages of fits to movies that are clear, short, cut before the plateau, noisy, flat, or of another law."""
    clear = _movie(0.01, 4, sessions=12)
    movies = [clear, clear.isel(time=slice(5)), clear.isel(time=slice(3)), _movie(3.0, 5), 5 - clear["h"]]
    for movie in movies:
        traj = movie if isinstance(movie, xr.Dataset) else clear.assign(h=movie)
        for name in ("universal", "pairwise", "gain", "exponential"):
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always", NeurounivWarning)
                nu.LAWS[name]().fit(traj)
            yield "\n".join(str(one.message) for one in caught if issubclass(one.category, NeurounivWarning))


def recoveries() -> Iterator[str]:
    """Reports of `neurouniv.recover` on one law and on two."""
    like = _movie(0.3, 6)
    gain, static = nu.LAWS["gain"](), nu.LAWS["static"]()
    yield nu.recover(gain, like, studies=2, progress=False).attrs["text"]
    yield nu.recover([gain, static], like, studies=2, resamples=50, progress=False).attrs["text"]


def _movie(noise: float = 0.3, seed: int = 0, sessions: int = 6) -> xr.Dataset:
    """A simulated recording of ten conditions, by its signal to noise."""
    task = nu.tasks.digits(per_class=1)
    made = simulated_studies(task, "universal", studies=1, sessions=sessions, snr=1 / noise, seed=seed, progress=False)
    return made.isel(study=0, drop=True)
