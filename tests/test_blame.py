"""A damaged result is the input's fault, as all say that read results; an error with sound inputs is ours."""

import json
import warnings

import numpy as np
import pytest
import xarray as xr

import neurouniv as nu
from neurouniv.kinds import KINDS, amiss_in, kind_of
from neurouniv.laws.curves import StaticModel
from neurouniv.names import public
from neurouniv.page import report
from neurouniv.schema import history
from neurouniv.steps import recorded


@pytest.fixture(scope="session")
def movie():
    rng = np.random.default_rng(0)
    task = nu.tasks.from_arrays(np.eye(6), np.repeat(np.eye(3), 2, axis=0), list("abcdef"))
    coords = {"condition": ("trial", list("abcdef") * 16), "session": ("trial", np.repeat([1, 2, 3, 4], 24))}
    coords["run"] = "trial", np.tile(np.repeat([1, 2], 12), 4)
    activity = rng.normal(size=(96, 12)) + np.repeat([0.0, 1, 2, 3], 24)[:, None] * np.tile(np.eye(6, 12), (16, 1))
    return nu.trajectory(xr.Dataset({"activity": (("trial", "channel"), activity)}, coords), task, metric="crossnobis")


@pytest.fixture(scope="session")
def results(movie, compared_rules):
    """A result of every kind that takes little time, by the name of what made it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", nu.NeurounivWarning)
        laws = [nu.RIVALS["gain"](), StaticModel()]
        compared = nu.compare(laws, movie, partitions=1, resamples=10, progress=False)
        return {
            "compare": compared,
            "verdict": nu.verdict(compared),
            "rsa": nu.rsa(movie, {"stimuli": movie.dx2, "targets": movie.dy2}, resamples=30, progress=False),
            "each": nu.rsa(movie, movie, model="each", resamples=30, progress=False),
            "rules": compared_rules(),
            "change": nu.change(movie.isel(time=[0, -1]), permutations=5),
            "fit": StaticModel().fit(movie).constants_,
        }


def damaged(result, rng):
    """`result` with one thing amiss, and what."""
    name = str(rng.choice(sorted(map(str, result.variables))))
    attr = str(rng.choice(sorted(map(str, result.attrs))))
    dim = str(rng.choice(sorted(map(str, result.dims))))
    array = result[name]
    put = result.assign_coords if name in result.coords else result.drop_vars(name).assign
    odd = np.full(array.shape, "a") if array.dtype.kind in "fiub" else np.arange(array.size).reshape(array.shape) + 0.5
    bare = result.drop_vars(name)
    ways = {
        f"no attribute {attr}": lambda: result.assign_attrs({k: v for k, v in result.attrs.items() if k != attr}),
        f"{attr} is 7": lambda: result.assign_attrs({attr: 7}),
        f"{attr} is an array": lambda: result.assign_attrs({attr: np.array([1.0, np.nan])}),
        f"{attr} is other text": lambda: result.assign_attrs({attr: "\ufffd {["}),
        f"no {name}": lambda: bare,
        f"{name} of another type": lambda: put({name: (array.dims, odd)}),
        f"{name} elsewhere": lambda: bare.assign({name: ([f"q{i}" for i in range(array.ndim)], array.values)}),
        f"{dim} is empty": lambda: result.isel({dim: slice(0)}),
        f"{dim} has another name": lambda: result.rename({dim: "other"}),
        f"{dim} is chosen": lambda: result.isel({dim: 0}),
    }
    what = list(ways)[rng.integers(len(ways))]
    changed = ways[what]()
    dropped = [k for k in ("law", "rule", "model") if what == f"no attribute {attr}" and attr == k]
    changed.attrs = {k: v for k, v in changed.attrs.items() if not (what.startswith("no attribute") and k == attr)}
    return what, changed.drop_vars(dropped, errors="ignore")


READERS = {
    "summary": nu.summary, "methods": nu.methods_text, "bibtex": nu.bibtex,
    "verdict": nu.verdict, "comparison": nu.figures.comparison, "rsa": nu.figures.rsa,
    "rsa_matrix": nu.figures.rsa_matrix, "rule_probabilities": nu.figures.rule_probabilities,
}  # fmt: skip
OF_KINDS = {
    "compare": ["verdict", "comparison"],
    "rsa": ["rsa"],
    "each": ["rsa_matrix"],
    "rules": ["rule_probabilities"],
}


@pytest.mark.parametrize("kind", ["compare", "verdict", "rsa", "each", "rules", "change", "fit"])
@pytest.mark.filterwarnings("ignore")
def test_all_that_reads_results_blames_the_damaged_input(results, kind):
    rng, refused = np.random.default_rng(sum(map(ord, kind))), 0
    for _ in range(10):
        what, changed = damaged(results[kind], rng)
        for reader in ("summary", "methods", "bibtex", *OF_KINDS.get(kind, [])):
            try:
                READERS[reader](changed)
            except nu.InputError:
                refused += 1
            except Exception as error:
                raise AssertionError(f"{reader} of {kind}, {what}: {error!r}") from error
    assert refused or kind not in OF_KINDS


@pytest.mark.filterwarnings("ignore")
def test_pages_of_damaged_results_are_told_and_none_is_left(results, tmp_path):
    changed = results["rules"].drop_vars("log_score_difference")
    with pytest.raises(nu.InputError, match=r"as `neurouniv.rules` gives it: .*log_score_difference.* absent"):
        report(changed, tmp_path / "page.html")
    assert not list(tmp_path.iterdir())


def test_sound_results_have_nothing_amiss_and_are_known_for_what_they_are(results):
    calls = {"compare": "neurouniv.compare", "verdict": "neurouniv.verdict", "rsa": "neurouniv.rsa",
             "each": "neurouniv.rsa", "change": "neurouniv.change"}  # fmt: skip
    assert not [name for name, result in results.items() if amiss_in(result) and name != "rules"]
    assert {name: kind_of(results[name]).call for name in calls} == calls
    assert len({kind.call for kind in KINDS}) == len(KINDS) - 1  # RSA has two forms


def test_an_error_with_sound_inputs_stays_our_fault(results, movie):
    @public
    def broken(result):
        raise KeyError("a fault of ours")

    for sound in (results["fit"], movie, 5, None):
        with pytest.raises(KeyError, match="a fault of ours"):
            broken(sound)
    with pytest.raises(nu.InputError, match="the attribute law is absent"):
        broken(results["fit"].drop_attrs())
    with pytest.raises(nu.InputError, match="infinite"):
        broken([movie, movie.assign(h=movie.h / 0)])


def test_a_chunk_that_cannot_be_read_is_told(movie, tmp_path):
    path = nu.save(movie, tmp_path / "traj.zarr")
    (path / "h" / "0.0").write_bytes(b"\x02\x01 no blosc")
    with pytest.raises(nu.InputError, match=r"A file that is read .* part by part cannot be \(.*damaged"):
        nu.figures.rdm(nu.load(path, chunks={}))


@pytest.mark.parametrize("reference", ["nothing", 7, ["gain"]])
def test_a_reference_that_is_no_law_is_told(results, reference):
    with pytest.raises(nu.InputError, match=r"reference.*(is one of|is text)"):
        nu.verdict(results["compare"].assign_attrs(reference=reference))
    with pytest.raises(nu.InputError, match="reference"):
        nu.summary(results["compare"].assign_attrs(reference=reference))


@pytest.mark.parametrize("text", [7, None, b"\xff", "[{", "NaN", "5", '[1, "a", {}]', "[" * 10_000, np.ones(2)])
def test_a_damaged_history_is_none(text):
    assert history(xr.Dataset(attrs={"history": text})) == []


def test_of_a_history_the_sound_part_is_read():
    steps = [{"step": "compare", "version": 3, "settings": {"laws": 5, "folds": 2, "systems": {"a": [1]}}}, {"step": 1}]
    assert recorded(json.dumps(steps)) == [{"step": "compare", "settings": {"folds": 2, "systems": {"a": []}}}]
    odd = dict.fromkeys(("rivals", "laws", "systems", "fits", "models", "rules", "files", "mixtures"), 5)
    for step in ("compare", "rules", "rsa", "plan", "recover", "universality_test", "read_recording", "change"):
        text = nu.methods_text(xr.Dataset(attrs={"history": json.dumps([{"step": step, "settings": odd}])}))
        assert "neurouniv" in text
    odd = {"width": None, "rule": ["backprop"], "name": {"xor": 1}, "neurons": [3], "repeats": "q", "lr": 0.1}
    for step in ("task", "train", "simulate_brain"):
        assert set(recorded(json.dumps([{"step": step, "settings": odd}]))[0]["settings"]) <= {"lr", "neurons", "width"}
        assert nu.methods_text(xr.Dataset(attrs={"history": json.dumps([{"step": step, "settings": odd}])}))


@pytest.mark.filterwarnings("ignore")
def test_a_free_mixture_needs_its_p_values_and_not_its_number_of_weights(results):
    compared = results["compare"]
    unknown = nu.verdict(compared.assign(flexible_numbers=compared.flexible_numbers * np.nan))
    assert "A free mixture of simple RDMs (weights" in unknown.attrs["text"]
    with pytest.raises(nu.InputError, match=r"flexible_ratio_p.* absent"):
        nu.verdict(compared.drop_vars("flexible_ratio_p"))


def test_variables_that_go_together_have_the_same_dimensions(results):
    compared = results["compare"]
    assert not amiss_in(compared)
    assert "learned_p has other dimensions, ('time',), than learned_most" in amiss_in(
        compared.assign(learned_p=compared.learned_p.expand_dims(time=compared.time))
    )
