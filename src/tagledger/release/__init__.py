"""From the workspace to a release: checks, gates, the frozen base, names, the list of versions."""
