"""Studies: hundreds of systems through one pipeline, told in one file, kept in one folder, computed by any machine.

A study is a YAML file (or a dict of the same keys):

```yaml
name: a first look
task: {name: digits, per_class: 2}     # two_points, xor, digits, contexts, or {file: task.csv}
seeds: 8                               # how many, or which: [0, 5]
batch: 4                               # seeds of networks in one cell; default all
laws: [universal, {law: universal, name: blind, kernel: identity}]     # fitted to every system
compare: {partitions: 2, resamples: 200}      # settings of neurouniv.compare; without the key nothing is compared
start_ceiling: {draws: 4}              # the ceiling of networks, see neurouniv.start_ceiling
rules: {partitions: 1}                 # settings of neurouniv.rules, which takes 20 to 60 s a movie
rsa: {models: models.csv}              # a table with a row a condition; further settings of neurouniv.rsa
trajectory: {metric: sqeuclidean}      # settings of neurouniv.trajectory
device: cpu                            # or cuda
threads: 1                             # of torch and BLAS in every cell
systems:
  networks:                            # settings of neurouniv.train; lists are crossed
    - {name: mlp, rule: [backprop, feedback_alignment], hidden_layers: [1, 3], width: 60, lr: .3}
  brains:                              # settings of neurouniv.simulate_brain
    - {name: spikes, world: [universal, gain], trajectory: {metric: crossnobis}}
  recordings:                          # files: one recording of all files; each: every file is one
    - {name: mouse, files: "mouse1/*.nwb", map: {condition: odour}, targets: rewarded}
```

Systems may have a `task`, `seeds`, `trajectory`, `laws`, `compare`, `start_ceiling`, `rules` and `rsa` of their own.
`layers`, `record` and `latencies` are lists by themselves; a list of lists is crossed. A data set is a recording by
`dataset: simulated_sequences`. `<<: *name` brings in the keys of another entry. docs/studies.md says more.
"""

from typing import TYPE_CHECKING

import lazy_loader

if TYPE_CHECKING:
    from neurouniv.studies.cells import cells_of as cells_of
    from neurouniv.studies.run import run_study as run_study
    from neurouniv.studies.spec import read_study as read_study
    from neurouniv.studies.status import study_status as study_status
    from neurouniv.studies.worker import work as work

_HOMES = {
    "cells": ["cells_of"], "run": ["run_study"], "spec": ["read_study"], "status": ["study_status"],
    "worker": ["work"],
}  # fmt: skip
__getattr__, __dir__, __all__ = lazy_loader.attach(__name__, submod_attrs=_HOMES)
