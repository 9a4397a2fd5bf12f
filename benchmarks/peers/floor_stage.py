"""The least that a stage of the pipeline can do: load its libraries and write its outputs.

Run as `python floor_stage.py OUTPUT…`; an output without a suffix is a folder.
"""

import sys
from pathlib import Path

import pandas as pd
import pandera.pandas as pa

for argument in sys.argv[1:]:
    output = Path(argument)
    if not output.suffix:
        output /= "one"
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(f"pandas {pd.__name__}, pandera {pa.__name__}, {argument}\n")
