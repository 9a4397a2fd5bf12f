"""What commands need again: what they printed, and the results of every check."""
