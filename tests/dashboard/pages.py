"""What a page says."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest


def said(app: AppTest) -> str:
    """All that the page says in Markdown, without its escapes."""
    kinds = (app.markdown, app.caption, app.error, app.warning, app.info, app.success)
    return "\n".join(element.value for kind in kinds for element in kind).replace("\\", "")


def assert_sound(app: AppTest) -> None:
    """The page has no exception and no error."""
    assert not app.exception
    assert not app.error, said(app)
