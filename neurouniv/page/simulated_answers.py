"""The answer of simulated studies in a sentence: the design that is enough, and what data like these would show."""

from __future__ import annotations

import numpy as np
import xarray as xr

from neurouniv.universality.planning.recovery_report import percent as percent_of_truth
from neurouniv.universality.planning.study_designs import design_in_words, in_order
from neurouniv.universality.sentence_parts import listed, percent
from neurouniv.universality.verdict.decisions import ENOUGH_STUDIES
from neurouniv.universality.verdict.words import DESCRIBED
from neurouniv.which_rule.candidates import in_words

MOST_CONSTANTS = 2


def plan_answer(result: xr.Dataset) -> str:
    """The smallest design that is enough, a sentence for every snr, or how far the best one is from it."""
    parts = [result.sel(snr=value) for value in result["snr"].values] if "snr" in result.dims else [result]
    return _first_look(int(result.attrs["studies"]), " a design") + " ".join(map(_of_designs, parts))


def _of_designs(result: xr.Dataset) -> str:
    cells, asked = in_order(result), float(result.attrs["asked"])
    sufficient = np.flatnonzero(cells["power"].values >= asked)
    best = cells.isel(design=int(sufficient[0]) if len(sufficient) else int(cells["power"].argmax("design")))
    design = design_in_words(best)
    if len(sufficient):
        return f"{int(best['trials'])} trials a study are enough ({design}): {_success(best)}."
    count = f"None of the {cells.sizes['design']} designs is" if cells.sizes["design"] > 1 else "This design is not"
    return f"{count} enough at snr {float(best['snr']):g}: with {design}, {_success(best)}, not {percent(asked)}."


def _success(design: xr.Dataset) -> str:
    """How often studies of a design succeed."""
    share = percent(float(design["power"]))
    if "truth" in design.dims:
        weakest = in_words(str(design["weakest"].item()))
        return f"{share} of simulated studies name the right rule, even for the hardest ({weakest})"
    return f"{share} of simulated studies find that the {design.attrs['law']} law is true"


def recovery_answer(result: xr.Dataset) -> str:
    """How often data like these would show the law on trial where it is true, and where it is false."""
    return _first_look(int(result.attrs["studies"]), " of each truth") + _recovered(result)


def _recovered(result: xr.Dataset) -> str:
    law, truths = str(result.attrs["law"]), result["truth"].values.astype(str).tolist()
    if "decision" not in result:
        return _best(result) if "best" in result else _constants(result)
    shares = result["decision"].sel(verdict=DESCRIBED)
    said = []
    if law in truths:
        said.append(f"in {percent(float(shares.sel(truth=law)))} of simulated studies where it is true")
    if "false_described" in result:
        said.append(f"in {percent(float(result['false_described']))} of those where it is false")
    return f"The {law} law is found to be true {' and '.join(said)}."


def _best(result: xr.Dataset) -> str:
    """How often the true law wins, where there are no errors that a verdict needs."""
    right = float(np.mean([float(result["best"].sel(truth=name, law=name)) for name in result["truth"].values]))
    return f"In {percent(right)} of simulated studies the law that is true predicts best."


def _constants(result: xr.Dataset) -> str:
    """The errors of the constants of one law alone."""
    table = result.isel(constant=slice(MOST_CONSTANTS))
    if not table.sizes["constant"]:
        return "The law has no constants, and no rival was simulated beside it."
    named = [
        f"{name} (median error {percent_of_truth(bias, '+')}, spread {percent_of_truth(spread)})"
        for name, bias, spread in zip(table["constant"].values, table["bias"], table["spread"], strict=True)
    ]
    return f"Data like these give back {listed(named)}."


def _first_look(studies: int, of_what: str) -> str:
    return "" if studies >= ENOUGH_STUDIES else f"A first look, at {studies} simulated studies{of_what}. "
