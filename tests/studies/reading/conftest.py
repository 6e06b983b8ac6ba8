"""A small study of all kinds of systems, of which one fails, run once; and copies of it in which some are missing."""

import shutil
import warnings

import numpy as np
import pytest

import neurouniv as nu

LAWS = ["gain", "exponential"]


@pytest.fixture(scope="session")
def whole(tmp_path_factory):
    """The folder of a study: networks of two rules and layers, brains in two worlds, three recordings, one bad."""
    place = tmp_path_factory.mktemp("reading")
    (place / "mice").mkdir()
    odours = nu.tasks.from_arrays(
        np.random.default_rng(0).normal(size=(6, 5)), np.repeat(np.eye(3), 2, 0), condition=[f"o{i}" for i in range(6)]
    )
    nu.save(odours, place / "odours.nc")
    for sessions in (4, 5):
        rec = nu.simulate_brain(odours, world="gain", sessions=sessions, repeats=4, runs=2, neurons=20)
        nu.save(rec, place / "mice" / f"mouse{sessions}.nc")
    (place / "mice" / "mouse6.nc").write_text("no recording")
    network = {"name": "mlp", "width": 10, "hidden_layers": 2, "layers": [0, 1], "epochs": 60, "record": 6}
    brain = {"sessions": 4, "repeats": 4, "runs": 2, "neurons": 20, "trajectory": {"metric": "crossnobis"}}
    spec = {
        "name": "all kinds", "task": {"name": "digits", "per_class": 1}, "seeds": 4, "batch": 2, "laws": LAWS,
        "compare": {"partitions": 1, "resamples": 20},
        "systems": {
            "networks": [network | {"rule": ["backprop", "hebbian"]}],
            "brains": [brain | {"name": "animal", "world": ["gain", "exponential"], "seeds": 1}],
            "recordings": [{"name": "mouse", "each": str(place / "mice" / "*.nc"),
                            "task": {"file": str(place / "odours.nc")}}],
        },
    }  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        nu.run_study(spec, place / "study", workers=0, progress=False)
    return place / "study"


@pytest.fixture
def copied(whole, tmp_path):
    """A copy of the study's folder, to be changed."""
    return shutil.copytree(whole, tmp_path / "study")


@pytest.fixture(scope="session")
def study(whole):
    """The study, opened."""
    return nu.open_study(whole)
