"""What was computed, kept in git's own folder for as long as data and software are the same."""
