"""Measures of one or two versions: imbalance, drift, and what other parameters would give."""
