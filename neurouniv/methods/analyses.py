"""Sentences on laws, fits, comparisons and tests: what each step of a history did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from neurouniv.methods.citing import cite, plain
from neurouniv.methods.data import rule
from neurouniv.methods.words import Settings, counted, listed, rest, said, seeds, value
from neurouniv.rdm.comparators import long_name_of

SPLITS = {
    "conditions": "Laws were fitted to pairs of conditions outside a fold, and predicted the pairs inside, from their "
    "own first frame ({folds} in {partitions}{chance})",
    "times": "Laws were fitted to the first {train_fraction} of the times and predicted the later ones",
    "systems": "Laws were fitted to one member of {across} and predicted the others from their own first frames",
    "none": "Scores are in sample",
}
CORRECTIONS = {"max": "the largest deviation", "cluster": "clusters of times", "holm": "Holm's method",
               "fdr": "the false discovery rate", "none": "nothing"}  # fmt: skip
ERRORS = {"jackknife": "a jackknife", "dual": "the dual bootstrap"}
THE_LAW = "the universal law of representation learning dynamics"


def law_of(name: Any) -> str:
    """A law by its name, and where the universal one is from."""
    if name in ("universal", "pairwise"):
        return f"the {name} law{cite('vanrossem2024representations')}"
    return f"the {plain(name)} law"


def fit(settings: Settings) -> list[str]:
    in_sentence = ("law", "restarts", "weighting", "intervals", "interval_method")
    if settings.get("law") == "mixture":
        weights = value(settings, "weights")
        where = cite("khalighrazavi2014deep")
        return [f"A mixture of simple RDMs with {weights} weights{where} was fitted at every time."]
    given = rest(settings, in_sentence)
    method = settings.get("interval_method")
    intervals = f" 95 % intervals are by {plain(method)}." if method else ""
    chosen = "chosen by the data (the default)"
    return [
        f"{_capital(law_of(settings.get('law', '(name not recorded)')))} was fitted by least squares; weighting: "
        f"{said(settings['weighting']) if settings.get('weighting') else chosen}; restarts: "
        f"{said(settings['restarts']) if settings.get('restarts') else 'the default of the law'}; intervals: "
        f"{said(settings['intervals']) if settings.get('intervals') else 'the default of the weighting'}."
        f"{intervals}",
        *([f"Further settings: {given}."] if given else []),
    ]


def compare(settings: Settings) -> list[str]:
    laws = _named(settings.get("laws", []))
    named = f"Laws were {listed(laws)}." if laws else "Which laws were compared is not recorded."
    return [named, *_fits(settings), *_held_out(settings), *_inference(settings)]


def _named(laws: Sequence[Any]) -> list[str]:
    """Laws by their names, that of the paper with its source."""
    published = ("universal", "pairwise")
    first = next((name for name in laws if name in published), None)
    return [plain(name) + (cite("vanrossem2024representations") if name == first else "") for name in laws]


def _fits(settings: Settings) -> list[str]:
    """How laws were fitted, law by law."""
    calls = settings.get("fits")
    if not isinstance(calls, Mapping):
        return ["The settings of the fits are not recorded."]
    return [
        f"Their settings were {listed([plain(call) for call in calls.values()])}; what is not named is the default."
    ]


def _held_out(settings: Settings) -> list[str]:
    split = str(settings.get("split"))
    if split not in SPLITS:
        return ["What was held out is not recorded."]
    parts = {name: value(settings, name) for name in ("train_fraction", "across")}
    folds, partitions = (counted(settings.get(name), name.removesuffix("s")) for name in ("folds", "partitions"))
    return [
        f"{SPLITS[split].format(folds=folds, partitions=partitions, chance=f', {seeds(settings)}', **parts)}.",
        _compared(settings),
    ]


def _compared(settings: Settings) -> str:
    name = settings.get("comparator")
    if name is None:
        return "How RDMs were compared is not recorded."
    cited = cite("diedrichsen2020whitened") if str(name).endswith("_cov") else ""
    return (
        f"Predicted RDMs were compared with observed ones by their {long_name_of(str(name))}{cited}, as "
        f"rsatoolbox{cite('rsatoolbox')} does, and time courses by R2, beside the noise ceiling"
        f"{cite('nili2014toolbox')}{_ceiling(settings)}."
    )


def _ceiling(settings: Settings) -> str:
    return f" ({plain(settings['ceiling'])})" if settings.get("ceiling") else ""


def _inference(settings: Settings) -> list[str]:
    if not settings.get("resamples"):
        return ["Errors of differences between laws were not estimated."]
    how = ERRORS.get(str(settings.get("errors", "jackknife")), value(settings, "errors"))
    cited = cite("schuett2023inference") if settings.get("errors") == "dual" else ""
    about = f" They are about {plain(settings['errors_about'])}." if settings.get("errors_about") else ""
    units = [name for name in ("unit", "errors_unit") if settings.get(name)]
    unit = f", over {said(settings[units[-1]])}" if units else ""
    return [
        f"Errors of differences rest on {how}{cited}{unit} and {counted(settings['resamples'], 'resample')} "
        f"({seeds(settings)}); p values were corrected over times and rivals by {_correction(settings)}.{about}"
    ]


def _correction(settings: Settings) -> str:
    return CORRECTIONS.get(str(settings.get("correction")), "a method that is not recorded")


def verdict(settings: Settings) -> list[str]:
    return [
        f"A system was called described if the law's R2 reached {value(settings, 'share')} of the noise ceiling and it "
        f"predicted better than every rival at alpha = {value(settings, 'alpha')} (intersection-union "
        f"test{cite('berger1982multiparameter')}).",
        f"The R2 of change was not to be significantly below {value(settings, 'change_share')} of its own ceiling.",
        "A system was called not described if the law missed this share significantly or a rival predicted better, and "
        "was undecided otherwise.",
    ]


def universality_test(settings: Settings) -> list[str]:
    rivals = [plain(name) for name in settings.get("rivals", [])]
    controls = [plain(name) for name in settings.get("controls") or []]
    record = {"errors": "jackknife", "correction": "max", "split": "conditions"} | dict(settings)
    return [
        f"{_capital(law_of(settings.get('law', '(name not recorded)')))} was tried in all systems, with constants of "
        f"each system's own, against {listed(rivals)}.",
        *_fits(settings),
        *_held_out(record),
        *_inference(record),
        f"The data collapse was tested by {counted(settings.get('permutations'), 'permutation')}.",
        *([f"Controls, in which the law is known to be false, were {listed(controls)}."] if controls else []),
        *verdict({"change_share": 0.75} | dict(settings)),
    ]


def rsa(settings: Settings) -> list[str]:
    models = settings.get("models_from")
    named = [f"{plain(name)} ({plain(kind)})" for name, kind in models.items()] if isinstance(models, Mapping) else []
    named = named or [plain(name) for name in settings.get("models", [])]
    each = settings.get("model") == "each"
    how = ", every frame of one against every frame of the other" if each else ""
    return [
        f"Representational similarity analysis{cite('kriegeskorte2008rsa')} set the data against the models "
        f"{listed(named)}{how}.",
        _compared({**settings, "ceiling": settings.get("noise")}).replace("Predicted RDMs", "Models").replace(
            ", and time courses by R2, beside", ", beside"
        ),
        *_tests(settings),
        *_extras(settings),
    ]  # fmt: skip


def _tests(settings: Settings) -> list[str]:
    tests = {
        "bootstrap": f"{ERRORS.get(str(settings.get('errors')), 'resamples')} of conditions and subjects"
        f"{cite('schuett2023inference')}",
        "subjects": "a t test over subjects",
        "permutation": "permutations of the conditions",
    }
    test = tests.get(str(settings.get("test")), value(settings, "test", "the test"))
    about = f" Errors are about {plain(settings['errors_about'])}." if settings.get("errors_about") else ""
    return [
        f"Similarities were tested by {test} ({counted(settings.get('resamples'), 'resample')}, {seeds(settings)}); p "
        f"values were corrected for all models and times by {_correction(settings)}.{about}"
    ]


def _extras(settings: Settings) -> list[str]:
    texts = []
    if settings.get("control"):
        texts.append(f"Held fixed was {said(settings['control'])} (partial correlation).")
    if settings.get("partition"):
        texts.append("What models explain was parted into unique and shared variance.")
    if settings.get("mixtures"):
        kinds = [f"{plain(name)}: {said(kind)}" for name, kind in settings["mixtures"].items()]
        texts.append(
            f"Mixtures of models were fitted and scored on other conditions{cite('khalighrazavi2014deep')} "
            f"({'; '.join(kinds)}; {value(settings, 'folds')} folds)."
        )
    return texts


def rules(settings: Settings) -> list[str]:
    names = settings.get("rules", [])
    rests = f" {plain(settings['calibration'])}" if settings.get("calibration") else ""
    return [
        f"Which learning rule made the data{cite('nayebi2020identifying')} was asked by fitting the law of every rule: "
        f"{listed([rule(name) for name in names])}.",
        f"Laws were fitted to some conditions and predicted others ({counted(settings.get('folds'), 'fold')} in "
        f"{counted(settings.get('partitions'), 'partition')}, {seeds(settings)}, "
        f"{counted(settings.get('resamples'), 'resample')}), of representations"
        f"{' and outputs' if settings.get('outputs') else ' alone'}; a rule was "
        f"named from a probability of {value(settings, 'level')} on.{rests}",
    ]


def plan(settings: Settings) -> list[str]:
    in_sentence = ("law", "rivals", "studies", "subjects", "seed", "power")
    return [
        f"The power of designs was found by simulating {value(settings, 'studies')} studies of "
        f"{counted(settings.get('subjects'), 'subject')} each in a world where {value(settings, 'law', 'the law')} "
        f"is true, judged against {said(settings.get('rivals', []))} ({seeds(settings)}; asked: power "
        f"{value(settings, 'power')}).",
        f"Designs and settings: {rest(settings, in_sentence)}.",
    ]  # fmt: skip


def plan_rules(settings: Settings) -> list[str]:
    names = listed([rule(name) for name in settings.get("rules", [])])
    in_sentence = ("rules", "seed")
    return [
        f"How well designs tell learning rules apart was found by simulating networks that learn by {names} "
        f"({seeds(settings)}).",
        f"Designs and settings: {rest(settings, in_sentence)}.",
    ]


def recover(settings: Settings) -> list[str]:
    laws = [plain(name) for name in settings.get("laws", [])]
    in_sentence = ("laws", "studies", "truths", "seed")
    return [
        f"Whether constants and laws can be recovered was tested on {value(settings, 'studies')} simulated studies of "
        f"each truth ({said(settings.get('truths', laws))}), with the conditions, times and noise of the data, fitted "
        f"by {listed(_named(laws))} ({seeds(settings)}).",
        f"Further settings: {rest(settings, in_sentence)}.",
    ]


def change(settings: Settings) -> list[str]:
    how = f" by {plain(settings['how'])}" if settings.get("how") else ""
    return [
        f"The change of the RDM from {value(settings, 'before')} to {value(settings, 'after')} was tested{how}, and "
        f"set against the model RDMs {said(settings.get('models', []))} by their "
        f"{long_name_of(str(settings.get('comparator', 'similarity')))} ({value(settings, 'permutations')} "
        f"permutations, {seeds(settings)})."
    ]


OTHERS = {
    "predict": "Trajectories were predicted by the fitted law",
    "profile": "The profile of every constant was drawn, the others fitted again",
    "bootstrap": "Constants were fitted again to resamples",
    "truncation": "Laws were fitted again to data that end earlier",
    "dimensionless": "Trajectories were brought to the law's natural units",
    "dimensional": "Trajectories were brought back to their own units",
    "loss_curve": "The loss was predicted from the fitted law",
    "levels": "Constants of each system's own were compared with one set for all and with free curves",
    "collapse_test": "The data collapse was tested by permutation",
    "proportionality": "It was tested whether the movies of pairs are one curve, scaled",
    "rsa_between": "The RDMs of two systems were compared, frame by frame",
    "noise_ceiling": "Noise ceilings were estimated",
    "start_ceiling": "What the start alone tells was estimated by training networks again from it",
    "relearning": "A law fitted to the first learning predicted the second",
    "rule_signatures": "Courses were predicted from the laws of learning rules",
    "simulated_studies": "Studies were simulated",
    "true_trajectory": "Distances are those of the simulation, without noise",
    "driven_by": "The movie of an area's input was joined",
    "reproduce": "An experiment of van Rossem & Saxe was repeated",
}
STEPS = {
    "fit": fit, "compare": compare, "verdict": verdict, "universality_test": universality_test, "rsa": rsa,
    "rules": rules, "plan": plan, "plan_rules": plan_rules, "recover": recover, "change": change,
}  # fmt: skip


def other(step: str, settings: Settings) -> list[str]:
    """A step without a sentence of its own, with all its settings."""
    given = rest(settings, ("systems",))
    what = OTHERS.get(step, f"The step {plain(step)} was run")
    cited = cite("vanrossem2024representations") if step in ("dimensionless", "reproduce", "collapse_test") else ""
    return [f"{what}{cited}{f' ({given})' if given else ''}."]


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
