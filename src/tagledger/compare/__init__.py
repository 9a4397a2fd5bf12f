"""Two versions compared: one result object, the cause of each change, and its words."""
