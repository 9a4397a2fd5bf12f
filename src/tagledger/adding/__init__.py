"""Files of one's own: their place in the repository, and their entry in data/sources.yaml."""
