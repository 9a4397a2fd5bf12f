"""From what a row says to its tags: codes and names, votes, files of their own, and doubts."""
