"""YAML files that people write, with one more entry or another value: the rest stays as it is."""
