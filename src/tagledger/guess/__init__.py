"""How a file is to be read, guessed from what is in it; no stage depends on it."""
