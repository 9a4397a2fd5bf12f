"""Spreadsheets with answers: those that Tagledger wrote, and those that people made up."""
