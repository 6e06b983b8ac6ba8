"""A dimension of the data with a name that a result has itself is refused, before it can be taken for the other."""

import pytest

import neurouniv as nu

LAW = nu.RIVALS["gain"]
CALLS = {
    "fit": (LAW().fit, ["bound", "variable", "restart", "line", "noise", "loss", "rate"]),
    "mixture": (nu.MixtureModel().fit, ["term", "variable"]),
    "profile": (lambda t: nu.profile(LAW(), t, points=3), ["constant", "point", "value"]),
    "bootstrap": (lambda t: nu.bootstrap(LAW(), t, resamples=2), ["repeat", "factor"]),
    "truncation": (lambda t: nu.truncation(LAW(), t), ["share"]),
    "compare": (lambda t: nu.compare(LAW(), t, progress=False), ["law", "account", "baseline", "geometry", "rival"]),
    "rsa": (lambda t: nu.rsa(t, {"input": t.dx2}, resamples=0), ["model", "model_", "mixture", "similarity"]),
    "rsa of every frame": (lambda t: nu.rsa(t, t, model="each", resamples=0), ["bound", "time_model"]),
    "change": (nu.change, ["bound", "model", "change"]),
    "rules": (lambda t: nu.rules(t, ["backprop"], progress=False), ["rule", "bound"]),
    "signatures": (lambda t: nu.rule_signatures(t, progress=False), ["rule"]),
    "relearning": (lambda t: nu.relearning(t, t.assign_coords(time=t.time + 60.0)), ["phase"]),
    "ceiling": (nu.noise_ceiling, ["bound", "geometry_ceiling"]),
    "proportionality": (nu.proportionality, ["quantity", "predictor", "correlation"]),
    "between": (lambda t: nu.rsa_between(t, t, resamples=0), ["bound"]),
    "square": (lambda t: nu.to_square(t.h), ["condition_"]),
    "area": (lambda t: nu.driven_by(t, t), ["input_time"]),
}


@pytest.mark.parametrize("call", CALLS)
def test_a_name_that_a_result_has_itself_is_refused(make_world, call):
    traj = make_world(n=4, times=6, see=("h",))
    function, names = CALLS[call]
    for name in names:
        taken = traj.assign(h=traj.h.expand_dims({name: 2}))
        with pytest.raises(nu.InputError, match=rf"uses the name '{name}' itself, .*Rename it: `\.rename\("):
            function(taken)
