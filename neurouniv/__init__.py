"""neurouniv: do implementation details matter for learning?

One law of representation learning, fitted by its constants to networks and brains and put on trial by
representational similarity analysis. Names are loaded when they are first used, so that reading a file or a
help text does not import torch; `__init__.pyi` has them all. In IPython, results are shown with what they say.
"""

import sys

import lazy_loader

_load, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


def __getattr__(name: str) -> object:
    if name not in __all__:
        from neurouniv.got import no_such_attribute

        raise no_such_attribute(__name__, name, __all__)
    return _load(name)


def load_ipython_extension(shell: object) -> None:
    """Show results with what they say: `%load_ext neurouniv`."""
    from neurouniv.headlines.notebook import begin

    begin(shell)


def unload_ipython_extension(shell: object) -> None:
    """Show results as xarray does: `%unload_ext neurouniv`."""
    from neurouniv.headlines.notebook import end

    end(shell)


if "IPython" in sys.modules and (_shell := sys.modules["IPython"].get_ipython()) is not None:
    _shell.extension_manager.load_extension(__name__)
