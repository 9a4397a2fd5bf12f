"""Quality: checks of the user's own, on the workspace alone and only where somebody agreed."""

from __future__ import annotations

import pytest

from tagledger.versions import WORKSPACE
from tests.dashboard.ledger import Ledger
from tests.dashboard.test_dashboard_checks import Open, said, values

CHECK = """
import pandera.pandas as pa
from tagledger_schemas import clean

class Items(clean.Items):
    @pa.check("title")
    def is_in_upper_case(cls, titles):
        return titles == titles.str.upper()
"""
PAIR = {"base": "v1.2.0", "target": WORKSPACE}


@pytest.fixture
def own(copy: Ledger) -> Ledger:
    """A repository with a check of its own that no title holds."""
    (copy.root / "schemas").mkdir()
    (copy.root / "schemas/clean.py").write_text(CHECK)
    return copy


def test_checks_of_ones_own_run_on_the_workspace_alone(own: Ledger, open_page: Open) -> None:
    app = open_page(own.root, "quality", **PAIR)
    app.toggle(key="again").set_value(True).run()
    assert not app.exception
    found = values(app)
    assert set(found["version"]) == {WORKSPACE}
    assert set(found["check"]) == {"is in upper case"}
    (checks,) = (table.value for table in app.dataframe if "first" in table.value)
    assert checks.loc[0, "check"] == "is in upper case"
    assert checks["before"].isna().tolist()[0]
    # The page sees a file that has changed.
    (own.root / "schemas/clean.py").write_text(CHECK.replace("titles.str.upper()", "titles"))
    app.run()
    assert "fails a check of the current schemas" in said(app)


def test_a_clone_that_nobody_agreed_to_run_says_so(own: Ledger, open_page: Open) -> None:
    (own.root / "schemas/clean.py").write_text(f"{CHECK}\nopen('was-run', 'w').close()\n")
    own.git("remote", "add", "origin", "https://example.org/data.git")
    app = open_page(own.root, "quality", **PAIR)
    app.toggle(key="again").set_value(True).run()
    (note,) = [one.value for one in app.caption if "not run" in one.value]
    assert "`tagledger check --yes`" in note
    assert "fails a check of the current schemas" in said(app)
    app = open_page(own.root, "quality", base="v1.1.0", target="v1.2.0")
    app.toggle(key="again").set_value(True).run()
    assert not [one for one in app.caption if "not run" in one.value]


def test_a_file_that_is_broken_is_said(own: Ledger, open_page: Open) -> None:
    (own.root / "schemas/clean.py").write_text("1 / 0\n")
    app = open_page(own.root, "quality", **PAIR)
    assert not app.error
    app.toggle(key="again").set_value(True).run()
    (box,) = app.error
    assert "ZeroDivisionError" in box.value
    assert not app.exception
