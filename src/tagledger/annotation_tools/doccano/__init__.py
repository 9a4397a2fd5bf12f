"""doccano: its records, its tables, and what is written for it."""
