"""Checks of the user's own: classes in `schemas/` of a repository, upon the packaged models."""
