"""Events: what people and models said of items, one line each, in data/annotations."""
