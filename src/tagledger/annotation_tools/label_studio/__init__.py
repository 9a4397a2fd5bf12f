"""Label Studio: its tasks, its tables, and what is written for it."""
