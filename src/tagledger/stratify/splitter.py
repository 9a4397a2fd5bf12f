"""A splitter as scikit-learn wants it, for cross-validation of multi-label models."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, floor
from types import ModuleType
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike, NDArray

from tagledger.stratify.algorithm import split
from tagledger.stratify.arguments import Labels, is_missing


class MultilabelStratifiedSplit:
    """Repeated random train and test rows, stratified by tag.

    The multi-label twin of scikit-learn's `StratifiedShuffleSplit`, and of its
    `GroupShuffleSplit` where groups are given (sizes count rows, not groups). It can be passed
    as `cv` wherever scikit-learn takes a splitter.

    Parameters
    ----------
    n_splits
        Number of independent splits.
    test_size, train_size
        A share of the rows (float) or their number (int). What one leaves is the other's; by
        default a tenth of the rows is for testing. If both leave rows, those are in neither.
    random_state
        An integer for the same splits at every call; a `numpy.random.RandomState` or a
        `numpy.random.Generator` for others each time. None and the module `numpy.random` are
        numpy's global state, as in scikit-learn: `numpy.random.seed` settles what comes next.
    cover
        Bring each tag that enough rows have into both train and test rows: see `split`.

    Examples
    --------
    >>> splitter = MultilabelStratifiedSplit(n_splits=1, test_size=0.5, random_state=0)
    >>> for train, test in splitter.split(["a", "b", "c", "d"], [["x"], ["x"], ["y"], ["y"]]):
    ...     print(len(train), len(test))
    2 2
    """

    def __init__(
        self,
        n_splits: int = 10,
        *,
        test_size: float | None = None,
        train_size: float | None = None,
        random_state: int | np.random.RandomState | np.random.Generator | ModuleType | None = None,
        cover: bool = False,
    ) -> None:
        if not isinstance(n_splits, int | np.integer) or n_splits < 1:
            raise ValueError(f"n_splits is {n_splits!r}; it is an integer of at least 1")
        self.n_splits = int(n_splits)
        self.test_size = test_size
        self.train_size = train_size
        self.random_state = random_state
        self.cover = cover

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={value!r}" for name, value in sorted(vars(self).items()))
        return f"{type(self).__name__}({values})"

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:  # noqa: ARG002, N803 - scikit-learn's
        """The number of splits; the arguments are there for scikit-learn, and ignored."""
        return self.n_splits

    def get_metadata_routing(self) -> Any:
        """What scikit-learn's metadata routing is to pass on: `groups`, where they are given.

        Returns
        -------
        sklearn.utils.metadata_routing.MetadataRequest
        """
        # scikit-learn alone calls this: who has not installed it needs no routing.
        from sklearn.utils.metadata_routing import MetadataRequest

        request = MetadataRequest(owner=self)
        request.split.add_request(param="groups", alias=True)
        return request

    def split(
        self,
        X: Any,  # noqa: N803 - scikit-learn's name
        y: Any = None,
        groups: ArrayLike | None = None,
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """Row numbers for training and testing, ascending, `n_splits` times.

        Parameters
        ----------
        X
            Anything with a length of (items,).
        y
            An indicator matrix (items, tags), sparse, dense or as nested lists: of 0 and 1, of
            booleans, or of -1 and 1 (-1 is "no"); one list of tags per item; or one class per
            item, shape (items,).
        groups
            Shape (items,): rows with equal values are either all for training or all for testing.

        Raises
        ------
        ValueError
            `y` is missing, has missing values, or does not fit `X`; the sizes are out of range, or
            the groups too large for them; `random_state` is something else.
        """
        if y is None:
            raise ValueError("y is None; stratifying needs the labels of the rows")
        labels = _labels(y)
        n = labels.shape[0] if hasattr(labels, "shape") else len(labels)
        rows = X.shape[0] if hasattr(X, "shape") else len(X)
        if rows != n:
            raise ValueError(f"X has {rows} rows, y has {n}")
        train, test = self._sizes(n)
        wanted = {"train": train, "test": test, "neither": n - train - test}
        ratios = {name: size / n for name, size in wanted.items() if size}
        for seed in self._seeds():
            result = split(labels, ratios=ratios, seed=seed, groups=groups, cover=self.cover)
            parts = np.flatnonzero(result.assignment == 0), np.flatnonzero(result.assignment == 1)
            for name, part in zip(("training", "testing"), parts, strict=True):
                if not len(part):
                    raise ValueError(f"the groups are too large: no row is left for {name}")
            yield parts

    def _seeds(self) -> list[int]:
        state = self.random_state
        if state is None or state is np.random:
            state = np.random.mtrand._rand  # noqa: SLF001 - as scikit-learn takes the global state
        if isinstance(state, np.random.RandomState):
            return [int(seed) for seed in state.randint(2**31 - 1, size=self.n_splits)]
        if not isinstance(state, int | np.integer | np.random.Generator):
            raise ValueError(  # noqa: TRY004 - as scikit-learn raises it
                f"random_state is {state!r}; it is an integer, a RandomState, a Generator, "
                "numpy.random or None"
            )
        if isinstance(state, int | np.integer) and state < 0:
            raise ValueError(f"random_state is {state}; an integer is 0 or more")
        generator = np.random.default_rng(state)
        return [int(seed) for seed in generator.integers(2**63 - 1, size=self.n_splits)]

    def _sizes(self, n: int) -> tuple[int, int]:
        """Rows for training and testing, rounded as scikit-learn's shuffling splitters do."""
        test_size = self.test_size
        if test_size is None and self.train_size is None:
            test_size = 0.1
        test = None if test_size is None else _rows("test_size", test_size, n, ceil)
        train = None if self.train_size is None else _rows("train_size", self.train_size, n, floor)
        if test is None:
            assert train is not None
            test = n - train
        if train is None:
            train = n - test
        if train < 1 or test < 1 or train + test > n:
            raise ValueError(f"of {n} rows, {train} for training and {test} for testing cannot be")
        return train, test


def _rows(name: str, size: float, n: int, rounded: Any) -> int:
    if isinstance(size, int | np.integer) and not isinstance(size, bool) and 0 < size < n:
        return int(size)
    if isinstance(size, float | np.floating) and 0 < size < 1:
        return int(rounded(float(size) * n))
    raise ValueError(f"{name} is {size!r}; it is a share in (0, 1) or a number of the {n} rows")


def _labels(y: Any) -> Labels:
    """Classes as an indicator matrix; labels that `split` takes, as they are."""
    if hasattr(y, "tocsr"):
        sparse: Labels = y.tocsr()
        return sparse
    if hasattr(y, "to_numpy"):
        y = y.to_numpy()
    if isinstance(y, np.ndarray) and y.ndim != 1:
        table: NDArray[Any] = y
        return table
    values = list(y)
    if any(np.iterable(value) and not isinstance(value, str | bytes) for value in values):
        return values
    for row, value in enumerate(values):
        if is_missing(value):
            raise ValueError(f"y has no class at row {row}")
    _, code = np.unique(np.asarray(values), return_inverse=True)
    ones = np.ones(len(values), np.int8)
    return sp.csr_array((ones, (np.arange(len(values)), code)))
