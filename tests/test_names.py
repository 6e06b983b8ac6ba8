"""Unknown names, wrong first arguments and settings that nobody hears: the answer names what is needed."""

import copy
import inspect
import pickle

import numpy as np
import pandas as pd
import pytest
import torch
import xarray as xr

import neurouniv as nu
from neurouniv.laws.constructor import call_of, defaults_of

MODULES = (nu.tasks, nu.figures, nu.datasets)
PUBLIC = {name: getattr(nu, name) for name in nu.__all__ if inspect.isfunction(getattr(nu, name))}
PUBLIC |= {f"{m.__name__}.{n}": getattr(m, n) for m in MODULES for n in m.__all__ if inspect.isfunction(getattr(m, n))}
TAKES_ANYTHING = {
    "neurouniv.tasks.contexts": ["number"], "neurouniv.tasks.digits": ["number"],
    "neurouniv.tasks.two_points": ["number"],
    "neurouniv.tasks.from_arrays": ["array", "frame", "dataarray"], "rsa": ["frame"],
}  # fmt: skip
"""What is no wrong first argument: a number of levels, matrices of stimuli, an RDM in a table."""
WRONG = {
    "path": "runs.nc", "array": np.eye(3), "frame": pd.DataFrame(np.eye(3)), "none": None, "list": [1, 2], "number": 3,
    "dataarray": xr.DataArray(np.eye(3), dims=("a", "b")), "empty": xr.Dataset(),
    "dims": xr.Dataset({name: ("a", [1.0, 2.0]) for name in ("h", "activity", "hidden", "stimuli", "targets")}),
}  # fmt: skip
OF_PAGE = {"report", "player"}
"""Pages: their second argument is a path, and is looked at first."""


def required(function):
    """The parameters by position that have no default; [first] where all have one."""
    by_position = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    taken = [p for p in inspect.signature(function).parameters.values() if p.kind in by_position]
    return [p for p in taken if p.default is p.empty] or taken[:1]


WITH_ARGUMENT = sorted(name for name, function in PUBLIC.items() if required(function) and name not in OF_PAGE)


@pytest.mark.parametrize("kind", WRONG)
@pytest.mark.parametrize("name", WITH_ARGUMENT)
def test_a_wrong_first_argument_is_named_at_the_door(name, kind):
    if kind in TAKES_ANYTHING.get(name, []):
        pytest.skip("no wrong argument here")
    function = PUBLIC[name]
    with pytest.raises((nu.InputError, FileNotFoundError)) as caught:
        function(*[WRONG[kind]] * len(required(function)))
    if isinstance(caught.value, FileNotFoundError):
        assert kind == "path"
        assert "runs.nc" in str(caught.value)
    else:
        assert len(str(caught.value)) > 30
        assert "Error" not in str(caught.value)


@pytest.mark.parametrize("name", sorted(set(PUBLIC) - OF_PAGE))
def test_a_misspelt_argument_is_answered_with_the_nearest(name):
    function = PUBLIC[name]
    parameters = inspect.signature(function).parameters
    if not parameters or any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
        pytest.skip("takes settings by other names too, or none")
    last = list(parameters)[-1]
    with pytest.raises(TypeError, match=f"takes no argument '{last}_'. Did you mean '{last}'"):
        function(**{f"{last}_": 1})


@pytest.mark.parametrize(
    ("ask", "meant"),
    [
        (lambda: nu.trajektory, "trajectory"),
        (lambda: nu.tasks.digit, "digits"),
        (lambda: nu.figures.mastercurve, "master_curve"),
        (lambda: nu.datasets.lod, "load"),
        (lambda: nu.RIVALS["gian"], "gain"),
        (lambda: nu.RIVALS["constant"], "static"),
        (lambda: nu.LAWS["Universal"], "universal"),
        (lambda: nu.UniversalModel(weigthing="none"), "weighting"),
        (lambda: nu.MixtureModel(weight="free"), "weights"),
        (lambda: nu.MixtureModel(weights="fre"), "free"),
        (lambda: nu.UniversalModel().constant_, "constants_"),
        (lambda: nu.train(nu.tasks.xor(), hidden_layer=2), "hidden_layers"),
        (lambda: nu.train(nu.tasks.xor(), depth=2), "hidden_layers"),
        (lambda: nu.train(nu.tasks.xor(), rule="back_prop"), "backprop"),
        (lambda: nu.train(nu.tasks.xor(), nonlinearity="tahn"), "tanh"),
        (lambda: nu.simulate_brain(nu.tasks.xor(), sensors="spike"), "spikes"),
        (lambda: nu.simulate_brain(nu.tasks.xor(), world="universl"), "universal"),
        (lambda: nu.reproduce("two-pints"), "two-points"),
        (lambda: nu.datasets.load("simulated_mose"), "simulated_mouse"),
        (lambda: nu.tasks.digits(images="8x9"), "8x8"),
        (lambda: nu.plan_rules(nu.tasks.digits(per_class=1), ["backprop", "lazy"], sesions=3), "sessions"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(ask, meant):
    with pytest.raises((AttributeError, TypeError, nu.InputError), match=rf"[Dd]id you mean '{meant}'\?"):
        ask()


def test_metrics_and_comparators_suggest_too():
    runs = nu.train(nu.tasks.digits(per_class=1), width=5, epochs=5, record=5)
    with pytest.raises(nu.InputError, match="Did you mean 'sqeuclidean'"):
        nu.trajectory(runs, metric="euclidean")
    traj = nu.trajectory(runs)
    with pytest.raises(nu.InputError, match="Did you mean 'spearman'"):
        nu.rsa(traj, {"a": traj}, comparator="spearmann")
    with pytest.raises(nu.InputError, match="Did you mean 'gain'"):
        nu.universality_test({"a": traj}, rivals=["gian"])
    with pytest.raises(nu.InputError, match="names, such as"):
        nu.universality_test({"a": traj}, rivals=3)
    law = nu.RIVALS["static"]()
    with pytest.raises(nu.InputError, match=r"A law comes first.*Call it: GainModel\(\)"):
        nu.profile(nu.RIVALS["gain"], traj)
    with pytest.raises(nu.InputError, match="times, one number or a list of numbers"):
        law.fit(traj.isel(seed=0, layer=0)).predict(traj.isel(seed=0, layer=0), time="late")


def test_named_kinds_stay_a_dict():
    assert "constant" not in nu.RIVALS
    assert nu.RIVALS.get("constant") is None
    with pytest.raises(KeyError):
        nu.LAWS["no such law"]
    again = pickle.loads(pickle.dumps(nu.LAWS))
    assert again == nu.LAWS
    with pytest.raises(nu.InputError, match="Did you mean 'static'"):
        again["constant"]


@pytest.mark.parametrize("law", [nu.UniversalModel(), nu.MixtureModel(), nu.RIVALS["free"]()], ids=lambda law: law.name)
def test_what_a_fit_gives_is_no_attribute_before_it(law):
    for name in law.fitted:
        assert not hasattr(law, name)
        with pytest.raises(AttributeError, match="after a fit only, and it is not fitted yet"):
            getattr(law, name)
        with pytest.raises(nu.InputError, match="call `fit"):
            getattr(law, name)
    assert copy.copy(law).name == copy.deepcopy(law).name == pickle.loads(pickle.dumps(law)).name == law.name


@pytest.mark.parametrize("name", ["width", "hidden_layers", "gain", "nonlinearity", "kernel"])
def test_a_module_of_ones_own_refuses_settings_it_would_not_hear(name):
    def made():
        return torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Linear(3, 1))

    default = inspect.signature(nu.train).parameters[name].default
    with pytest.raises(nu.InputError, match=f"does not hear of {name}"):
        nu.train(nu.tasks.xor(), made, layers="0", epochs=2, record=2, **{name: default})
    assert nu.train(nu.tasks.xor(), made, layers="0", epochs=2, record=2).hidden.sizes["unit"] == 3


def test_a_fresh_law_shows_what_differs_from_the_defaults():
    for name, law in nu.LAWS.items():
        assert repr(law()) == f"{law.__name__}()", name
        assert set(defaults_of(law)) >= {"weighting", "per", "intervals"}
    assert call_of(nu.UniversalModel(per="pair", restarts=None)) == "UniversalModel(per='pair')"
    assert repr(nu.UniversalModel(kernel=np.eye(8))) == "UniversalModel(kernel=<ndarray (8, 8)>)"


def test_public_functions_are_those_of_their_modules():
    for function in PUBLIC.values():
        assert pickle.loads(pickle.dumps(function)) is function
