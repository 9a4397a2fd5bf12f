"""How far annotators agree: measures of votes, which know neither files nor events."""
