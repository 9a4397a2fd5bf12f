"""The labelling tool of the dashboard: items one by one, answered by keyboard."""
