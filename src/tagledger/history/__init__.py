"""Labels and tags in all versions: which version and commit brought or removed each."""
