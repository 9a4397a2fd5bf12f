"""Labels and tags over all versions: where each came from, and who brought it."""
