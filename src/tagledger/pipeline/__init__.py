"""The pipeline as a table, the code that its stages run, and the lock that names it."""
