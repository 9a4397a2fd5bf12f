"""Columns as a source has them -> columns of one type: texts, dates, literals, paths."""
