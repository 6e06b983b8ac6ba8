"""The command that draws a trajectory, or RDMs without time."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from neurouniv.commands import choices
from neurouniv.commands.help_groups import MORE
from neurouniv.commands.options import Flag, Limits, Overwrite, Words
from neurouniv.commands.outputs import need_free
from neurouniv.commands.pictures import need_picture, write_picture
from neurouniv.commands.speech import ALOUD, Answer, Speaking
from neurouniv.errors import InputError

TAKES = {
    "time": ("rdm", "film", "mds", "dendrogram", "shepard"), "most": ("film", "mds"), "icons": ("rdm", "mds"),
    "order": ("rdm", "film", "animation", "mds", "dendrogram", "shepard"), "method": ("mds", "shepard"),
    "limits": ("rdm", "film", "animation"), "scale": ("film",), "traces": ("mds",), "linkage": ("dendrogram",),
    "fps": ("animation",), "rules": ("rule_signatures",), "second": ("rule_switch",), "law": ("rule_switch",),
    "rule": ("rule_switch",), "constants": ("rule_switch",),
}  # fmt: skip
"""Which kinds of figures an option is for."""
IN_MORE = Parameter(group=MORE)
SomeRules = Annotated[list[choices.Law] | None, Parameter(consume_multiple=1, negative=(), group=MORE)]
Constants = Annotated[list[str] | None, Parameter(consume_multiple=1, negative=(), group=MORE)]
Linkage = Literal["average", "complete", "single", "weighted", "ward"]


def figure(
    kind: choices.FigureKind,
    rdms: Path,
    out: Path,
    *,
    time: Words = None,
    select: Words = None,
    order: Words = None,
    title: str | None = None,
    icons: Annotated[Path | None, IN_MORE] = None,
    most: Annotated[int | None, IN_MORE] = None,
    limits: Annotated[Limits, IN_MORE] = None,
    scale: Annotated[Literal["all", "row"] | None, IN_MORE] = None,
    method: Annotated[Literal["classical", "metric"] | None, IN_MORE] = None,
    traces: Annotated[Flag, IN_MORE] = False,
    linkage: Annotated[Linkage | None, IN_MORE] = None,
    fps: Annotated[float | None, IN_MORE] = None,
    rules: SomeRules = None,
    second: Annotated[Path | None, IN_MORE] = None,
    law: Annotated[choices.Law | None, IN_MORE] = None,
    rule: Annotated[choices.Law | None, IN_MORE] = None,
    constants: Constants = None,
    overwrite: Overwrite = False,
    speech: Speaking = ALOUD,
) -> Answer:
    """Draw RDMs, or what learning rules predict.

    Example: neurouniv figure rdm traj.nc rdm.png --time 3

    Example: neurouniv figure animation traj.nc movie.gif

    Example: neurouniv figure rdm traj.nc rdm.svg --select region=V1 subject=s01 --icons images/

    Example: neurouniv figure film traj.nc film.png --time 1 3 5

    Example: neurouniv figure mds traj.nc mds.png --traces

    Example: neurouniv figure rule_signatures task.nc signatures.png

    Example: neurouniv figure rule_switch a.nc switch.png --second b.nc --rule weight_decay --constants decay=1e-4

    JSON: files

    Parameters
    ----------
    kind
        What is drawn. rdm: one RDM with the names of its conditions; film: RDMs over time, a row a region or layer;
        animation: the same as a moving picture; mds: conditions in two dimensions; dendrogram: their tree; shepard: how
        well two dimensions tell the RDM; courses: mean distances within and between classes over time; rule_signatures:
        what learning rules predict differently, of a task, or fitted to a trajectory; rule_switch: whether a second
        phase, by another rule or on other targets, follows from the first; rule_probabilities: how probable learning
        rules are; rule_confusion: how often they are taken for each other.
    rdms
        A file of `neurouniv rdm` or `neurouniv rdms`. With times or without; of rule_signatures a task too; of
        rule_probabilities one of `neurouniv rules`.
    out
        Where the result goes: a picture, .png, .svg or .pdf; an animation .gif, .html (with buttons) or, with ffmpeg,
        .mp4.
    time
        The time to draw, by default the last. Of film and mds several.
    select
        Of other dimensions the value to draw, such as region=V1. Subjects and seeds are averaged unless one is chosen.
    order
        given, alphabet, or the names of the conditions to draw. By default as in the file, those of a class together.
    icons
        Images that are named as the conditions (cat.png), in a folder.
    most
        Times that are drawn at most, evenly apart.
    limits
        The ends of the colour scale. By default 0, or the most negative value, and the largest.
    scale
        One colour scale for all RDMs of a film (default), or one for each row.
    method
        MDS: classical, in closed form (default), or metric, of least stress.
    traces
        The way of each condition over time, in place of a panel a time.
    linkage
        Which dissimilarity of two clusters is theirs. average (default), complete (largest), single (smallest), ...
    fps
        Times a second.
    rules
        Learning rules by their names. Those of rule_signatures, by their laws; by default all.
    second
        The trajectory of the second phase, of rule_switch.
    law
        A law by its name. Of the first phase of rule_switch; by default universal (backprop).
    rule
        The learning rule. Of the second phase of rule_switch, by its law; by default that of the first phase.
    constants
        Of the second law where the first has none of that name, such as decay=1e-4.
    title
        What stands above. By default what the file holds.
    """
    from neurouniv import figures
    from neurouniv.commands.figure_inputs import as_called, courses, held
    from neurouniv.commands.rule_figures import OF_RULES
    from neurouniv.commands.rule_results import OF_RESULTS
    from neurouniv.figures.rdm_animation import save_animation
    from neurouniv.storage import load

    given: dict[str, Any] = {"time": time, "order": order, "icons": icons, "most": most, "limits": limits}
    given |= {"scale": scale, "method": method, "traces": traces or None, "linkage": linkage, "fps": fps}
    given |= {"rules": rules, "second": second, "law": law, "rule": rule, "constants": constants}
    settings = {name: value for name, value in given.items() if value is not None}
    _need_taken(kind, settings)
    need_picture(kind, out)
    images = icons.iterdir() if icons is not None and icons.is_dir() else []
    need_free(out, [rdms, *([second] if second else []), *images], overwrite)
    selection, headline = _selection(select), title or ""
    dataset = load(rdms) if kind == "rule_signatures" or kind in OF_RESULTS else held(rdms)
    if kind in OF_RULES or kind in OF_RESULTS:
        picture: Any = (OF_RULES | OF_RESULTS)[kind](dataset, selection, headline, **settings)
    elif kind == "courses":
        picture = courses(dataset, selection, headline)
    else:
        picture = getattr(figures, kind)(dataset, **as_called(kind, settings), title=headline, **selection)
    write_picture(picture, out, save_animation if kind == "animation" else None)
    speech.say(f"The figure is {out}")
    return {"files": [out]}


def _need_taken(kind: str, settings: dict[str, Any]) -> None:
    """Raise `InputError` where an option is for other kinds of figures."""
    from neurouniv.commands.figure_inputs import SEVERAL_TIMES

    for name in settings:
        if kind not in TAKES[name]:
            raise InputError(f"--{name} is for {', '.join(TAKES[name])}; got it with {kind}. Leave it out.")
    if kind not in SEVERAL_TIMES and len(settings.get("time", [])) > 1:
        raise InputError(
            f"A figure of the kind {kind} is of one time; got {len(settings['time'])}. Several: film, mds."
        )


def _selection(select: list[str] | None) -> dict[str, str]:
    """Words name=value as a mapping."""
    selection = {}
    for word in select or []:
        name, equals, value = word.partition("=")
        if not (name and equals and value):
            raise InputError(f"--select takes name=value, such as region=V1; got {word!r}.")
        if name in (*TAKES, "title"):
            raise InputError(
                f"--select is for dimensions such as region; {name} is an option of its own: --{name} {value}"
            )
        selection[name] = value
    return selection
