"""The command line's app: every command by the place of its function, which is loaded when it is asked for."""

from __future__ import annotations

from cyclopts import App, Group

from neurouniv.commands.whole_numbers import need_whole_numbers
from neurouniv.version import __version__

HELP = """Do implementation details matter for learning? One law, fitted to networks and brains, on trial.

Example: neurouniv demo --out demo_out

Example: neurouniv read simulated.nwb
"""
ALL_HELP = "--help-all"
TAB = "Tab completes after: neurouniv --install-completion"
TAB_HELP = """Let Tab complete commands, options and their values.

Example: neurouniv --install-completion

Example: neurouniv --install-completion --shell zsh

It adds a script to the folder of your shell's completions, and a line to its start-up file where it needs one.
"""
COMMANDS = {
    "Begin": ("demo:demo", "datasets:datasets"),
    "Get activity and RDMs": ("read:read", "train:train", "simulate:simulate", "rdm:rdm", "rdms:rdms"),
    "Ask": (
        "universality:universality", "fit:fit", "compare:compare", "verdict:verdict", "rules:rules", "rsa:rsa",
        "change:change",
    ),
    "Many systems": ("plan:plan", "study:study", "reproduce:reproduce"),
    "Show": ("figure:figure", "report:report"),
}  # fmt: skip
"""The commands of every part of the first help page, as module:function of this folder."""

app = App(
    name="neurouniv",
    version=__version__,
    help=HELP,
    help_epilogue=TAB,
    help_format="plaintext",
    help_flags=("--help", "-h", ALL_HELP),
    version_flags=("--version", "-V"),
    config=need_whole_numbers,
)
for n, (title, places) in enumerate(COMMANDS.items()):
    part = Group(title, sort_key=n)
    for place in places:
        app.command(f"{__name__.rpartition('.')[0]}.{place}", group=part)
app.register_install_completion_command(help=TAB_HELP)
