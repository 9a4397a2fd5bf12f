"""Pandera models: what every table must look like."""
