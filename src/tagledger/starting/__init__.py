"""A dataset repository of one's own: what is in it at first, and how it is made, whole or not."""
