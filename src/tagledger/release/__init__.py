"""From the workspace to a release: checks, gates, the split base, names, the list of versions."""
