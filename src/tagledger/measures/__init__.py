"""Measures of one version and of two: imbalance, drift, and what another setting would give."""
