"""A result's sentence is shown where it is about what is shown, and nowhere else."""

import warnings

import numpy as np
import pytest
import xarray as xr

import neurouniv as nu
from neurouniv.headlines.headline import headline_of
from neurouniv.headlines.notebook import as_html
from neurouniv.schema import with_history
from neurouniv.statement import SEAL, is_whole, sealed

SENTENCE = "Yes: the law describes all <10> systems."


@pytest.fixture
def result():
    data = {
        "r2": (("system", "bound"), np.array([[0.9, np.nan], [0.1, 0.3]])), "told": ("system", [True, False]),
        "decision": ("system", ["described", "not described"]), "count": ((), 3),
    }  # fmt: skip
    table = xr.Dataset(data, {"system": ["net", "mouse"]}, {"answer": SENTENCE, "left_out": ["levels: <b>", "rsa"]})
    return sealed(with_history(table, "universality_test"))


CHANGES = {
    "a part": lambda r: r.isel(system=[0]),
    "one": lambda r: r.sel(system="net"),
    "another order": lambda r: r.isel(system=[1, 0]),
    "a mean": lambda r: r.mean("bound", keep_attrs=True),
    "twice": lambda r: r.map(lambda a: a * 2 if a.dtype.kind == "f" else a, keep_attrs=True),
    "without": lambda r: r.drop_vars("told"),
    "with": lambda r: r.assign(more=1),
    "renamed": lambda r: r.rename(r2="R2"),
    "one value": lambda r: r.assign(count=4),
    "two": lambda r: xr.concat([r, r], "study"),
    "other labels": lambda r: r.assign_coords(system=["a", "b"]),
    "another text": lambda r: r.assign_attrs(answer="No."),
    "where": lambda r: r.assign(r2=r.r2.where(r.r2 > 0.2)),
    "no seal": lambda r: r.drop_attrs().assign_attrs({name: a for name, a in r.attrs.items() if name != SEAL}),
    "chunked": lambda r: r.chunk(),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_sentence_is_never_shown_above_something_else(result, change):
    other = CHANGES[change](result)
    assert SENTENCE not in nu.summary(other)
    assert "&lt;10&gt;" not in as_html(other).split("xr-wrap")[0]
    assert headline_of(other).stale
    assert "is not shown" in nu.summary(other) or "does not know" in nu.summary(other)


@pytest.mark.parametrize(
    "same",
    [lambda r: r, lambda r: r.copy(deep=True), lambda r: r.load(), lambda r: r.transpose("bound", "system"),
     lambda r: r.assign_attrs(note="mine"), lambda r: r.isel(system=slice(None)), lambda r: r[sorted(r.data_vars)]],
)  # fmt: skip
def test_it_stays_where_nothing_changed(result, same):
    assert nu.summary(same(result)).splitlines()[0] == SENTENCE


@pytest.mark.parametrize("suffix", ["nc", "zarr"])
def test_it_comes_back_from_a_file_and_only_as_a_whole(result, tmp_path, suffix):
    again = nu.load(nu.save(result, tmp_path / f"result.{suffix}"))
    assert nu.summary(again) == nu.summary(result)
    part = nu.load(nu.save(again.isel(system=[1]), tmp_path / f"part.{suffix}"))
    assert SENTENCE not in nu.summary(part)


def test_doubts_follow_and_all_is_escaped(result):
    html = as_html(result).split("xr-wrap")[0]
    assert "all &lt;10&gt; systems" in html
    assert "Not computed: levels: &lt;b&gt;" in html
    assert "<b>" not in html
    assert nu.summary(result).splitlines()[1:] == ["Not computed: levels: <b>", "Not computed: rsa"]


def test_other_datasets_are_shown_as_ever():
    plain = xr.Dataset({"a": ("x", [1, 2])}, attrs={"text": "mine"})
    assert headline_of(plain) is None
    assert 'class="neurouniv-summary"' not in as_html(plain)
    with pytest.raises(nu.InputError, match="A summary needs a result"):
        nu.summary(plain)
    assert 'class="neurouniv-summary"' not in as_html(xr.DataTree())


@pytest.fixture(scope="module")
def compared():
    runs = nu.train(nu.tasks.digits(per_class=1), width=30, nonlinearity="tanh", gain=0.5, lr=0.3, epochs=300, seeds=2,
                    record=8)  # fmt: skip
    traj = nu.trajectory(runs).squeeze("layer", drop=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", nu.NeurounivWarning)  # that conditions are few is no matter here
        return nu.compare([nu.PairwiseModel(), nu.RIVALS["static"](), nu.RIVALS["gain"]()], traj, resamples=20)


@pytest.mark.slow
def test_a_comparison_speaks_of_what_it_holds(compared):
    whole, one = nu.summary(compared), nu.summary(compared.isel(seed=0))
    assert whole.startswith("The pairwise law has R2 ")
    assert "(mean of 2)" in whole
    assert "(mean of 2)" not in one
    value = float(compared.dynamics.sel(law="pairwise").isel(seed=0))
    assert f"{value:.2f}"[:4] in one
    without = compared.sel(law=["pairwise", "gain"])
    assert "static" not in nu.summary(without)
    assert "are not usable" in whole
    assert headline_of(compared.sel(law="gain")) is None


@pytest.mark.slow
def test_a_verdict_and_its_part(compared):
    verdict = nu.verdict(compared)
    assert is_whole(verdict)
    assert nu.summary(verdict).splitlines()[0] == verdict.text.splitlines()[0]
    assert verdict.text.splitlines()[0] not in nu.summary(verdict.sel(rival=["gain"]))


@pytest.mark.slow
def test_a_study_and_its_verdicts(tmp_path):
    spec = {"task": "xor", "laws": ["gain", "static"], "compare": {"resamples": 10}, "systems": {
        "networks": [{"name": "a", "width": [5, 6], "epochs": 20, "record": 5}]}}  # fmt: skip
    nu.run_study(spec, tmp_path / "study", workers=0)
    study = nu.open_study(tmp_path / "study")
    assert nu.summary(study).splitlines()[0] == study.attrs["text"].splitlines()[0]
    assert "is not shown" in nu.summary(study.isel(system=[0]))
    table = nu.verdicts(study)
    assert "of 2 groups" in nu.summary(table)
    assert "of 1 groups" in nu.summary(table.isel(group=[0]))
