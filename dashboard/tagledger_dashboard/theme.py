"""One palette, for light and dark pages: the colours of Okabe and Ito, one for each meaning.

Masataka Okabe and Kei Ito, "Color Universal Design", 2008: eight colours that people with any
kind of colour vision can tell apart. On a dark page the lighter ones of a pair take over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tagledger.compare.cause_table import TABLE


@dataclass(frozen=True)
class Palette:
    """Colours by what they mean.

    Attributes
    ----------
    gained, lost
        Labels that were gained and lost.
    base, target
        The two versions.
    good, bad
        A check that holds, and one that fails.
    quiet
        For what is less important, such as lines and what did not change.
    text, ground
        Text on a chart, and the background.
    causes
        By cause of `tagledger.compare.cause_table.TABLE`.
    series
        For several things of one kind, such as sources; the first is the target's colour.
    """

    gained: str
    lost: str
    base: str
    target: str
    good: str
    bad: str
    quiet: str
    text: str
    ground: str
    causes: Mapping[str, str]
    series: tuple[str, ...]


LIGHT = Palette(
    gained="#0072B2",
    lost="#D55E00",
    base="#8A94A3",
    target="#0072B2",
    good="#009E73",
    bad="#D55E00",
    quiet="#B4BCC8",
    text="#1B2430",
    ground="#FFFFFF",
    causes={cause: entry.light for cause, entry in TABLE.items()},
    series=("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#7A4B2A", "#5B6573"),
)

DARK = Palette(
    gained="#56B4E9",
    lost="#E69F00",
    base="#8A94A3",
    target="#56B4E9",
    good="#2BC49A",
    bad="#F0803C",
    quiet="#55606F",
    text="#E8ECF1",
    ground="#11161D",
    causes={cause: entry.dark for cause, entry in TABLE.items()},
    series=("#56B4E9", "#E69F00", "#2BC49A", "#CC79A7", "#F0E442", "#97A1AF"),
)


# Tags in tables, on which Streamlit writes in white, in light and in dark.
CHIPS: Mapping[str, str] = {"gained": "#0072B2", "lost": "#B34700", "kept": "#66717F"}


def palette(mode: str | None) -> Palette:
    """The palette of a page whose mode is "dark"; the light one for any other mode."""
    return DARK if mode == "dark" else LIGHT
