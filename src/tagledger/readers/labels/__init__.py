"""The ways to say labels, a module each: `tagledger.sources.labels` finds them here."""
