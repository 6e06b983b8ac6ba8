"""The parts of a help page. Those of `RARE` are shown by their names alone until all is asked for."""

from __future__ import annotations

from cyclopts import Group

COMMANDS = Group("Commands", sort_key=1)
ARGUMENTS = Group("Arguments", sort_key=1)
OPTIONS = Group("Options", sort_key=2)
SHARED = Group("In all commands", sort_key=9)
MORE = Group("More options", sort_key=8)
TASK = Group("Task", sort_key=3)
NOISE = Group("Noise", sort_key=4)
TIME = Group("Time and places", sort_key=5)
TRAINING = Group("Training", sort_key=4)
JOBS = Group("Jobs of a cluster", sort_key=5)

RARE = (MORE, TASK, NOISE, TIME, TRAINING, JOBS)
