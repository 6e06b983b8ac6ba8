"""The descent: epoch after epoch, all members of a group at once, with a frame at the epochs that are kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from neurouniv.devices import free_memory, full_precision, is_gpu
from neurouniv.progress import progress_bar
from neurouniv.schema import InputError
from neurouniv.systems import networks
from neurouniv.systems.learning_rules import RULES
from neurouniv.systems.training.autograd import Autograd
from neurouniv.systems.training.cuda_graphs import WORTH, Replay
from neurouniv.systems.training.grouping import members_at_once, too_large, warn_of_groups
from neurouniv.systems.training.losses import LOSSES
from neurouniv.systems.training.members import Members
from neurouniv.systems.training.optimizers import OPTIMIZERS
from neurouniv.systems.training.recorder import FRAME, Recorder
from neurouniv.systems.training.settings import TrainingSettings
from neurouniv.systems.training.stopping import Stopping
from neurouniv.systems.training.weights import FEEDBACK, WEIGHTS, parts_of, restore, vectors


class Descent:
    """Everybody's training, once it is fully told.

    Parameters
    ----------
    kept : the epochs of the frames.
    shown : the stimuli that are recorded, (condition, feature) or (member, condition, feature).

    Attributes
    ----------
    shapes, kinds : of what `run` writes, name -> (member, ...) and dtype.
    arrays : the shapes of the arrays of weights of one member, by the name under which they are recorded as one.
    lost : after `run`, per member the first frame that is not finite, or -1.
    """

    def __init__(
        self,
        members: Members,
        settings: TrainingSettings,
        kept: np.ndarray,
        shown: np.ndarray,
        progress: bool | None,
    ):
        self.members, self.settings, self.kept, self.shown = members, settings, kept, shown
        self._progress = progress
        first = self._one()
        self._size = members_at_once(first.weights, first.activity, settings.optimizer, settings.device)
        self.shapes = {name: (len(members), *self._frames(shape, name)) for name, shape in first.frame_shapes().items()}
        self.kinds = dict.fromkeys(self.shapes, settings.dtype)
        if settings.stop is not None:
            self.shapes["stopped"], self.kinds["stopped"] = (len(members),), "float64"
        self.arrays = {name: [list(part.shape[1:]) for part in of] for name, of in parts_of(first.learner).items()}
        self.lost = np.full(len(members), -1)

    def _one(self) -> Group:
        """The first member, which shows what every one of them needs."""
        try:
            return Group(self, 0, 1, alone=True)
        except torch.cuda.OutOfMemoryError:
            raise self._too_large() from None

    def _frames(self, shape: tuple[int, ...], name: str) -> tuple[int, ...]:
        axis = FRAME[name].index("time")
        return (*shape[:axis], len(self.kept), *shape[axis:])

    @torch.no_grad()
    def run(self, sink: Mapping[str, Any]) -> None:
        """Train, and write frames into the arrays of `sink`."""
        device, members, first = self.settings.device, len(self.members), 0
        total = int(self.kept[-1]) * members
        with full_precision(device), progress_bar(total, "training", self._progress, "network-epoch") as bar:
            while first < members:
                last, done = min(first + self._size, members), bar.n
                if self._learned(first, last, sink, bar):
                    first = last
                else:
                    self._size = self._fewer(last - first)
                    bar.n = done
        if is_gpu(device) and self._size < members:
            warn_of_groups(members, self._size, device)

    def _learned(self, first: int, last: int, sink: Mapping[str, Any], bar: tqdm) -> bool:
        """Let these members learn; false if the memory of the GPU did not hold them."""
        try:
            group = Group(self, first, last, alone=self._size == 1)
            recorder = Recorder(sink, first, group.count, len(self.kept))
            group.descend(recorder, bar)
        except torch.cuda.OutOfMemoryError:
            return False
        self.lost[recorder.rows] = recorder.lost
        if group.stopping is not None:
            sink["stopped"][recorder.rows] = group.stopping.epochs[: group.count]
        return True

    def _fewer(self, members: int) -> int:
        """How many members to try after so many did not fit."""
        torch.cuda.empty_cache()
        if members == 1:
            raise self._too_large()
        return members // 2

    def _too_large(self) -> InputError:
        return too_large(None, free_memory(self.settings.device), self.settings.device)


class Group:
    """Members that learn in one batch.

    A batch of one goes through other kernels, whose last bits differ, and rectified units make much of them: a member
    by itself gets a twin, so that its numbers are those it has in any batch; not where all learn one by one (`alone`).
    """

    def __init__(self, descent: Descent, first: int, last: int, alone: bool):
        settings, members = descent.settings, descent.members.taken(first, last)
        self.count, self.settings, self.kept = len(members.seed), settings, descent.kept
        if self.count == 1 and not alone:
            members = members.twice()
        self._dtype = settings.torch_dtype
        self.stimuli, self.targets = self._on_device(members.stimuli), self._on_device(members.targets)
        self.shown = self.stimuli if descent.shown is descent.members.stimuli else self._on_device(descent.shown)
        self.generators = networks.seeded(members.chance)
        self.learner = learner_of(members, settings, self.generators)
        self.loss = LOSSES[settings.loss]
        self.optimizer = self._optimizer()
        self.rate = self._on_device(members.lr)[:, None, None] if isinstance(members.lr, np.ndarray) else members.lr
        self._present = getattr(self.learner.network, "present", self.learner.network.forward)
        self._now: networks.Pass | None = None
        self.stopping = None if settings.stop is None else self._stopping(settings.stop)

    def _on_device(self, array: np.ndarray) -> Tensor:
        return torch.as_tensor(array).to(self.settings.device, self._dtype)

    def _optimizer(self) -> Any:
        """None where the rule takes its own steps."""
        kind = self.settings.optimizer
        if kind == "sgd" and hasattr(self.learner, "learn"):
            return None
        return OPTIMIZERS[kind](self.learner.network.parameters)

    @torch.no_grad()
    def _stopping(self, share: float) -> Stopping:
        stopping = Stopping(share, self._losses(), self.rate)
        self.rate = stopping.rate
        return stopping

    @property
    def weights(self) -> int:
        """Bytes of the weights of one member."""
        parameters = self.learner.network.parameters
        return sum(part.nbytes for part in parameters) // len(parameters[0])

    @property
    def activity(self) -> int:
        """Bytes of the activity of one member, stimuli included."""
        with torch.no_grad():
            return sum(part.nbytes for part in self._seen().activity) // len(self.generators)

    def frame_shapes(self) -> dict[str, tuple[int, ...]]:
        """Of one frame of one member."""
        with torch.no_grad():
            return {name: tuple(array.shape[1:]) for name, array in self._frame().items()}

    def descend(self, recorder: Recorder, bar: tqdm) -> None:
        """Learn until the last epoch that is kept, with a frame at each."""
        advance, look = self._replayed(self._epoch, self.kept[-1]), self._replayed(self._frame, len(self.kept))
        for start, stop in zip([0, *self.kept], self.kept, strict=False):
            for _ in range(start, stop):
                if self.stopping is not None and self.stopping.over():
                    break
                advance()
            recorder.add(**look())
            bar.update(int(stop - start) * self.count)
        recorder.flush()

    def _replayed(self, work: Callable[[], Any], times: int) -> Callable[[], Any]:
        """`work`, or its replay where it asks a GPU for the same every time."""
        same = self.learner.same_every_step and self._whole and not getattr(self.learner.network, "dropout", 0)
        if not (same and is_gpu(self.settings.device) and times >= WORTH):
            return work

        replay = Replay(work)

        def anew() -> Any:
            """From the weights alone: what was presented before is of other weights, and what is now is the graph's."""
            self._now = None
            done, self._now = replay(), None
            return done

        return anew

    def _epoch(self) -> None:
        if self.stopping is not None:
            self.stopping.look(self._losses())
        if self._whole:
            return self._step(self.stimuli, self.targets)
        members, conditions = len(self.generators), self.targets.shape[-2]
        order = torch.stack([torch.randperm(conditions, generator=generator) for generator in self.generators])
        member = torch.arange(members)[:, None]
        stimuli, targets = (array.expand(members, -1, -1) for array in (self.stimuli, self.targets))
        for part in order.split(self.settings.batch_size, dim=1):
            self._step(stimuli[member, part], targets[member, part])
        return None

    def _step(self, stimuli: Tensor, targets: Tensor) -> None:
        parts = self.loss.parts  # without the group, whose memory then is free as soon as it has learned
        self.learner.loss_of = lambda output: parts(output, targets)
        forward = self._now if self._reusable else None
        forward, self._now = self._present(stimuli) if forward is None else forward, None
        error = self.loss.slope(forward.output.detach(), targets)
        if self.optimizer is None:
            self.learner.learn(forward, error, self.rate)
        else:
            self.optimizer.step(self.learner.gradients(forward, error), self.rate)

    @property
    def _whole(self) -> bool:
        """Whether a step sees all conditions."""
        size = self.settings.batch_size
        return size is None or size >= self.targets.shape[-2]

    @property
    def _reusable(self) -> bool:
        """Whether what was presented to record, or to know the loss, may be learned from too."""
        network = self.learner.network
        return isinstance(network, networks.MLP) and not network.dropout and self._whole

    def _seen(self) -> networks.Pass:
        """What the networks make of the stimuli, until they learn again."""
        if self._now is None:
            self._now = self.learner.network.forward(self.stimuli)
        return self._now

    def _losses(self) -> Tensor:
        return self.loss.value(self._seen().output, self.targets)

    def _frame(self) -> dict[str, Tensor]:
        forward = self._seen() if self.shown is self.stimuli else self.learner.network.forward(self.shown)
        places = map(self.settings.place, self.settings.layers)
        hidden = torch.stack([forward.activity[place + 1][: self.count] for place in places], 1)
        frame = {"hidden": hidden, "output": forward.output[: self.count], "loss": self._losses()[: self.count]}
        return frame | (vectors(self.learner, self.count) if self.settings.weights else {})


def learner_of(members: Members, settings: TrainingSettings, generators: list[torch.Generator]) -> Any:
    """The networks, and what makes them learn; a seed draws weights first, then the rule's pathways."""
    network = _network(members, settings, generators, members.chance)
    if members.weights is not None:
        with torch.no_grad():
            restore(network.parameters, torch.as_tensor(members.weights), WEIGHTS)
    if settings.above is not None:
        seeds = members.seed.tolist()
        first = _network(members, settings, networks.seeded(seeds), seeds)
        stimuli = torch.as_tensor(members.stimuli).to(settings.device)
        networks.keep_below(network, first, settings.place(settings.above), settings.above, stimuli)
    if not isinstance(network, networks.MLP):
        return Autograd(network)
    rule = RULES[settings.rule](network, generators)
    if members.feedback_weights is not None and hasattr(rule, "feedback"):
        restore(rule.feedback, torch.as_tensor(members.feedback_weights), FEEDBACK)
    return rule


def _network(
    members: Members, settings: TrainingSettings, generators: list[torch.Generator], seeds: Sequence[int]
) -> networks.MLP | networks.Batched | networks.Modules:
    features, outputs = members.stimuli.shape[-1], members.targets.shape[-1]
    kind, dtype, device = settings.architecture, settings.torch_dtype, settings.device
    gain = torch.as_tensor(members.gain) if isinstance(members.gain, np.ndarray) else members.gain
    if kind == "mlp":
        sizes = [features, *[settings.width] * settings.hidden_layers, outputs]
        return networks.MLP(sizes, gain, settings.nonlinearity, generators, dtype, device, settings.dropout)
    if callable(kind):
        return networks.Modules(kind, list(map(str, settings.layers)), seeds, dtype, device)
    size = features, outputs, settings.hidden_layers, settings.width
    start: dict[str, Any] = {
        "gain": gain, "nonlinearity": settings.nonlinearity, "generators": generators, "dtype": dtype, "device": device,
    }  # fmt: skip
    if kind in ("cnn", "cnn2d"):
        start |= {"kernel": settings.kernel, "channels": settings.channels, "dimensions": 1 if kind == "cnn" else 2}
    return networks.BATCHED[kind](*size, **start)
