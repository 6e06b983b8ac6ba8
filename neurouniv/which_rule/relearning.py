"""Re-learning: what a law that was fitted before a switch expects after it, with nothing fitted again."""

from __future__ import annotations

from collections.abc import Mapping

import xarray as xr

from neurouniv.fitting.observed import MORE
from neurouniv.laws import LAWS, Law
from neurouniv.names import public
from neurouniv.schema import with_history
from neurouniv.tasks.origin import origin_of
from neurouniv.universality.scores.dynamics import after_start, r2
from neurouniv.which_rule.constants import (
    ABSORBS,
    RATES,
    RULES,
    SIZES,
    constants_over,
    fitted_before,
    named,
    with_constants,
)
from neurouniv.which_rule.phases import joined, with_next_targets
from neurouniv.which_rule.taken_over import NEXT, OF_ENCODER, TakenOver, equations_of

BEFORE, AFTER = PHASES = "before", "after"
KEPT = "stimuli", "targets", "trials", "norm"
"""What is known of any network, whatever it learned."""


@public
def relearning(
    first: xr.Dataset,
    second: xr.Dataset,
    law: str | Law = "universal",
    *,
    rule: str | None = None,
    at: float | None = None,
    constants: Mapping[str, float] | None = None,
) -> xr.Dataset:
    """Predict a second phase of learning, by another rule or on other targets, from a law of the first phase alone.

    The law is fitted to the first phase. Integrated to the switch, it tells what was learned there, seen and unseen: G,
    outputs, the decoder, and the products of feedback weights. From there the second rule's law goes on, with the same
    rates and nothing fitted. It is exact for linear networks of one hidden layer whose start is known, in both phases.

    Of tanh networks whose start is known, with means and biases, `moved` after the switch is .95 to .999 and R2 .90 to
    .997 (ten digits, width 200, gain .5, medians of 5 seeds, eight switches of rules and targets). From distances alone
    `moved` is .87 to .97 in five of the eight, and .54 to .68 in two from backprop to feedback alignment and one under
    feedback alignment with new targets. A law that knows the RDM at the switch only is below 0 in seven, and better
    (.68 against .54) where both targets and rule change, from backprop to feedback alignment.

    Parameters
    ----------
    first, second : trajectories of the same conditions, of which `second` goes on in time; joined by the names of
        conditions. Its targets are `second`'s. Of networks: `runs = neurouniv.train(..., weights=True)`, then
        `neurouniv.train(..., start=runs)`.
    law : of the first phase, "universal" (backprop) or the name of another rule's law in `neurouniv.LAWS`; or a law
        that is fitted to `first` already. `first` may tell more of the network at its start: `decoder` D D', `feedback`
        B B', `product` D B' (..., output, output_) and `pseudo` B H (..., condition, output).
    rule : the law of the rule after the switch; default the same.
    at : the time of the switch; default the last time of `first`.
    constants : of the second rule, such as {"decay": 1e-3}, where the first law has none of that name; also eta_h or
        eta_y, where the rates change; and `feedback0` or `decoder0`, the squared sizes of feedback weights and decoder
        at the start, where the first law does not tell them and the second rule needs them.

    Returns
    -------
    Dataset of `h` as observed and `predicted` (..., time, pair), over both phases; `unlearned` (..., time, pair), NaN
    before the switch, what the second law expects of a network that has `second`'s first RDM and learned nothing else;
    `r2` (phase, ...) of the distances, about their mean, the first frame left out; `moved` (phase, ...), R2 of how far
    they moved since the phase began, about 0; and after the switch `r2_unlearned`, `moved_unlearned` (...). Attributes:
    `law`, `rule`, `at`.

    Raises
    ------
    InputError : phases that do not follow each other, or of other conditions; a law that is no rule's, has two
        conditions only, or lacks a constant; the message says which and of what size it may be.

    Source: the state that rules share is derived in `neurouniv.theory.rules.switch`.

    Examples
    --------
    >>> from neurouniv import tasks, train, trajectory
    >>> task = tasks.digits(per_class=1)
    >>> network = {"width": 80, "gain": 0.3, "nonlinearity": "linear", "lr": 0.2, "epochs": 600, "record": 15}
    >>> runs = train(task, weights=True, **network)
    >>> reversed = task.assign(targets=task.targets.copy(data=task.targets.values[::-1]))
    >>> phases = [trajectory(part).isel(seed=0, layer=0) for part in (runs, train(reversed, start=runs, **network))]
    >>> result = relearning(*phases)
    >>> bool(result.moved.sel(phase="after") > 0.97 > result.moved_unlearned)
    True
    """
    first, second, switched = joined(first, second, at)
    fitted, given = fitted_before(law, first), dict(constants or {})
    rule = fitted.name if rule is None else named(rule, RULES)
    start = with_next_targets(first, second)
    known = constants_over(fitted, rule, start, switched, given)
    after = with_constants(TakenOver(fitted, rule), known, like=fitted.constants_)
    late = second["time"].values[second["time"].values > switched]
    observed = {BEFORE: _plain(first["h"]), AFTER: _plain(second["h"].sel(time=late))}
    predicted = {phase: _plain(after.predict(start, movie["time"].values)["h"]) for phase, movie in observed.items()}
    unlearned = _plain(_unlearned(fitted, rule, after.constants_, second))
    movies = {"h": _in_turn(observed), "predicted": _in_turn(predicted), "unlearned": unlearned.sel(time=late)}
    scores = _scores(observed, predicted) | {
        "r2_unlearned": r2(observed[AFTER], movies["unlearned"]),
        "moved_unlearned": moved(
            observed[AFTER], movies["unlearned"], second["h"].isel(time=0), unlearned.isel(time=0)
        ),
    }
    result = xr.Dataset(movies | {name: score.drop_attrs() for name, score in scores.items()}, {"phase": list(PHASES)})
    result["time"].attrs = dict(first["time"].attrs)
    settings = {"law": fitted.name, "rule": rule, "at": switched}
    return with_history(
        result.assign_attrs(settings | origin_of(first)), "relearning", source=first, **settings, constants=given
    )


def _scores(observed: Mapping[str, xr.DataArray], predicted: Mapping[str, xr.DataArray]) -> dict[str, xr.DataArray]:
    """`r2` and `moved` (phase, ...); a phase begins where the first one began, or ended."""
    both = observed, predicted
    starts = [{BEFORE: movies[BEFORE].isel(time=0), AFTER: movies[BEFORE].isel(time=-1)} for movies in both]
    late = [{phase: after_start(movies[phase], movies[BEFORE]) for phase in PHASES} for movies in both]
    scored = {
        "r2": [r2(*(movies[phase] for movies in late)) for phase in PHASES],
        "moved": [moved(*(part[phase] for part in (*late, *starts))) for phase in PHASES],
    }
    return {name: xr.concat(scores, "phase") for name, scores in scored.items()}


def moved(
    observed: xr.DataArray, predicted: xr.DataArray, observed_start: xr.DataArray, predicted_start: xr.DataArray
) -> xr.DataArray:
    """R2 about 0 of how far distances (..., time, pair) moved from their starts (..., pair).

    Examples
    --------
    >>> h = xr.DataArray([[3.0, 4.0]], dims=("time", "pair"))
    >>> float(moved(h, h + 9, h[0] - 1, h[0] + 8)), float(moved(h, h, h[0] - 1, h[0]))
    (1.0, 0.0)
    """
    starts = (_plain(frame.drop_vars("time", errors="ignore")) for frame in (observed_start, predicted_start))
    way, foreseen = (movie - start for movie, start in zip((observed, predicted), starts, strict=True))
    seen = way.notnull()
    total = (way**2).sum(("time", "pair"))
    error = ((way - foreseen) ** 2).where(seen, 0.0).sum(("time", "pair"), skipna=False)
    return 1 - error / total.where(total > 0)


def _unlearned(fitted: Law, rule: str, constants: xr.Dataset, second: xr.Dataset) -> xr.DataArray:
    """What the second law expects of a network of `second`'s first RDM that has learned nothing else."""
    law = LAWS[rule](floor=fitted.floor, **{name: getattr(fitted, name) for name in OF_ENCODER})
    own = {name: constants[NEXT + name] for name in (*RATES, *equations_of(rule)[1])}
    if rule == ABSORBS:
        own["eta_h"] = own["eta_h"] * constants["feedback0"] ** 0.5
    common = {name: constants[name] for name in (*SIZES, "floor", "h0_per_dx2") if name in constants}
    bare = second.drop_vars(
        [name for name in (*MORE, "y", "w", "choices", "choices_w") if name in second and name not in KEPT]
    )
    return with_constants(law, own | common, like=constants).predict(bare)["h"]


def _in_turn(phases: Mapping[str, xr.DataArray]) -> xr.DataArray:
    """Both phases in one movie (..., time, pair)."""
    return xr.concat([phases[phase] for phase in PHASES], "time").transpose(..., "time", "pair")


def _plain(array: xr.DataArray) -> xr.DataArray:
    """`array` with the coordinates of pairs that both phases share, and its dimensions' own."""
    return array.drop_vars([name for name in array.coords if name in ("dx2", "dy2")])
