"""The verdicts that follow from events, by a policy: columns in, tables out."""
