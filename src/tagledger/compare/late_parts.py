"""Parts of numpy that are loaded when something of them is used.

When scipy is imported, it looks at everything that numpy has, so numpy loads its Fortran compiler
and its tools for tests: as long as a third of the import of scipy's matrices.
"""

from __future__ import annotations

import sys
from importlib.util import LazyLoader, find_spec, module_from_spec

_PARTS = ("f2py", "testing")


def load_numpy_parts_late() -> None:
    """Put off loading these parts of numpy until their first use; call it before scipy is there."""
    import numpy as np

    for part in _PARTS:
        name = f"{np.__name__}.{part}"
        # To look for what is put off already would load it.
        spec = None if name in sys.modules else find_spec(name)
        if spec is None or spec.loader is None:
            continue
        spec.loader = LazyLoader(spec.loader)
        module = sys.modules[name] = module_from_spec(spec)
        spec.loader.exec_module(module)
        setattr(np, part, module)
