"""Whether constants, and laws, can be recovered from data like these: simulated studies in which each law is true."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.names import public
from neurouniv.progress import progress_bar
from neurouniv.quantities import need_seed
from neurouniv.renamed import renamed
from neurouniv.schema import NeurounivWarning, check_trajectory, with_history
from neurouniv.statement import sealed
from neurouniv.universality.compare import compare
from neurouniv.universality.held_out.predictions import fitted_quietly, named_laws
from neurouniv.universality.planning import recovery_report
from neurouniv.universality.planning.simulated_noise import Noise, noisy_studies
from neurouniv.universality.rivals import identities, rivals_among, rivals_of
from neurouniv.universality.verdict.decisions import decisions, shares, wilson
from neurouniv.universality.verdict.rule import DESCRIBED, SHARE, need_levels


@renamed(repeats="partitions", bootstrap="resamples", noise="noise_sd")
@public
def recover(
    laws: Any,
    like: xr.Dataset,
    studies: int = 100,
    *,
    split: str | None = "conditions",
    folds: int = 2,
    partitions: int = 2,
    resamples: int = 300,
    alpha: float = 0.05,
    share: float = SHARE,
    noise_sd: float | None = None,
    truths: Any = None,
    seed: int = 0,
    progress: bool | None = None,
) -> xr.Dataset:
    """Fit every law to `like`, take it for the truth, simulate studies of it, and see what comes out of them.

    The truth is the law's prediction from the start of `like`, with constants fitted to it. A study is that movie with
    noise of the same size as in `like`, in the first frame too, and the same conditions, times and gaps. Only h is
    simulated; where y and w were seen, they are left out.

    Parameters
    ----------
    laws : an estimator, a list of them, or a dict name -> estimator; the first is on trial. Of one law alone only
        the constants are recovered.
    like : a trajectory like those to be had: `h` and `h_var` (..., time, pair), dx2, dy2, names of conditions. Its
        batch dimensions are part of a study: a `subject` is a sample of a population as in `neurouniv.compare`.
    studies : how many of each truth.
    split, folds, partitions, resamples : of the comparison in every study, see `neurouniv.compare`.
    alpha, share : of the verdict on it, see `neurouniv.verdict`.
    noise_sd : the standard deviation of a distance, in units of h, where `like` has no `h_var`.
    truths : the names of the laws that are taken for the truth; default all.
    seed : of noise, partitions and resamples.
    progress : show a progress bar; default at a terminal, where the work is long.

    Returns
    -------
    Dataset of parameter recovery, each `constant` being one of the true law's own ("universal eta_h"; coordinates
    `constant_law`, `constant_name`): `true_value` (constant, ...), `estimate` (constant, study, ...) and its 95 %
    `interval` (..., bound); `bias` (constant), the median error, and `spread`, half the range of the middle 68 %, both
    as shares of the truth; `coverage` (constant), the share of intervals that hold the truth, with
    `coverage_interval`, NaN where the data `like` do not determine the truth, as at a bound of the search;
    `identified`, the share of fits whose data determine the constants.

    Of law recovery, the confusion matrices: `best` (truth, law), in what share of studies each law has the highest
    held-out log score, and `decision` (truth, verdict), in what share the verdict on the first law is described, not
    described or cannot tell, both with `..._interval`; `false_described`, the share of described where the law is
    false, over all such truths, with its interval, and `false_described_worst`, in the worst of them; `flexible_better`
    (truth), the share of studies in which a free mixture of simple RDMs predicts significantly better than the law (see
    `neurouniv.universality.inference.free_mixtures`); `ceiling` (truth), the median noise ceiling of R2. `fitted`
    (truth): whether the truth's own fit to `like` is usable.
    Attribute `text`: all of it for people.

    Raises
    ------
    InputError : the noise is not known, no study is asked for, `truths` are none of the laws, or the laws or
        conditions cannot be compared.

    Examples
    --------
    >>> import neurouniv as nu
    >>> from neurouniv.universality.planning.simulated_studies import simulated_studies
    >>> like = simulated_studies(nu.tasks.digits(per_class=1), "gain", studies=1, sessions=5, snr=1.0).isel(study=0)
    >>> found = recover([nu.RIVALS["gain"](), nu.RIVALS["static"]()], like, studies=2, resamples=20)
    >>> found.best.sel(truth="gain", law="gain").item(), found.constant_name.values.tolist()
    (1.0, ['factor', 'rate', 'h0_per_dx2', 'h0_per_dx2'])

    Time on one core, for every study and truth: laws in closed form about .03 s each for 10 conditions and 5 frames,
    .15 s for 20 and 8; the universal law about 1.5 s. For a first look: `studies=20`, `truths=` some of the laws.
    """
    named = named_laws(laws)
    like = recovery_report.only_distances(check_trajectory(like, ("h", "dx2", "dy2")).compute())
    chosen = recovery_report.chosen_truths(named, truths, studies)
    noisy, seed = Noise.of(like, noise_sd), need_seed(seed)
    need_levels(alpha, share)
    settings: dict[str, Any] = {"split": split, "folds": folds, "partitions": partitions}
    settings |= {"resamples": resamples, "seed": seed}
    constants, recoveries = [], []
    steps = len(chosen) * (2 if len(named) > 1 else 1)
    with progress_bar(steps, "recover", progress) as bar, warnings.catch_warnings():
        warnings.simplefilter("ignore", NeurounivWarning)  # how often rules err with so few data is measured here
        for name in chosen:
            true = fitted_quietly(named[name], like)
            truth, seeds = true.predict(like, like["time"])["h"], [seed, list(named).index(name)]
            simulated = noisy_studies(like, truth, noisy, studies, seeds)
            estimates = fitted_quietly(named[name], simulated).constants_
            constants.append(recovery_report.constants(name, true.constants_, estimates))
            bar.update()
            if len(named) > 1:
                recoveries.append(_law_recovery(named, simulated, settings, alpha, share))
                bar.update()
    result = recovery_report.joined_constants([part for part in constants if part.sizes["constant"]], studies)
    result["fitted"] = ("truth", [part.attrs["fitted"] for part in constants])
    result = result.assign_coords(truth=chosen).assign_attrs(law=next(iter(named)), studies=studies)
    if recoveries:
        result = result.merge(_matrices(recoveries, chosen, studies))
        result = result.assign(_false_positives(result, rivals_among(identities(named), next(iter(named))), studies))
    result = result.assign_attrs(recovery_report.design_of(like))
    result = result.assign_attrs(text=recovery_report.text(result))
    record = {"laws": list(named), "studies": studies, "alpha": alpha, "share": share, "truths": chosen}
    record |= {"noise_sd": noise_sd}
    return sealed(with_history(result, "recover", source=like, **record, **settings))


def _law_recovery(
    laws: Mapping[str, Any], trajectories: xr.Dataset, settings: dict[str, Any], alpha: float, share: float
) -> xr.Dataset:
    """Which law is best (law) and what the verdict is (verdict), as shares of the studies."""
    result = compare(laws, trajectories, reference=next(iter(laws)), progress=False, **settings)
    score = result["log_score"]
    score = score.mean([dim for dim in score.dims if dim not in ("law", "study")])
    wins = score.fillna(-np.inf).argmax("law")
    best = (wins == xr.DataArray(np.arange(len(laws)), {"law": list(laws)}, ("law",))).mean("study")
    table = xr.Dataset({"best": best, "ceiling": result["dynamics_ceiling"].sel(bound="upper", drop=True).median()})
    if settings["resamples"] and rivals_of(result, next(iter(laws))):
        table["decision"] = shares(decisions(result, alpha, share))
        table["flexible_better"] = _mixture_better(result, alpha).mean()
    return table


def _mixture_better(result: xr.Dataset, alpha: float) -> xr.DataArray:
    """In which studies a free mixture predicts better than the law on trial for certain."""
    better = (result["flexible_ratio"] < 1) & (result["flexible_ratio_p"] < alpha / result.sizes["account"])
    return better.any("account")


def _matrices(rows: list[xr.Dataset], truths: list[str], studies: int) -> xr.Dataset:
    """The shares of every truth, with their intervals."""
    table = xr.concat(rows, xr.Variable("truth", truths))
    for name in {"best", "decision"} & set(table.data_vars):
        table[f"{name}_interval"] = wilson(table[name], studies)
        table[name].attrs = {"long_name": "share of studies"}
    return table


def _false_positives(result: xr.Dataset, rivals: list[str], studies: int) -> dict[str, xr.DataArray]:
    """How often the law is said to describe where a rival is true; nothing where no truth is one."""
    false_truths = [name for name in result["truth"].values if name in rivals]
    if "decision" not in result or not false_truths:
        return {}
    share_described = result["decision"].sel(verdict=DESCRIBED, truth=false_truths, drop=True)
    rate = share_described.mean("truth")
    return {
        "false_described": rate,
        "false_described_interval": wilson(rate, studies * len(false_truths)),
        "false_described_worst": share_described.max("truth"),
    }
