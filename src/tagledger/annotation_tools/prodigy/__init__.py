"""Prodigy: its lines, and what is written for it."""
