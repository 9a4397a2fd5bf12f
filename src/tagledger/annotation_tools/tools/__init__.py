"""A labelling tool a module; each is found by this folder."""
