"""Files of labelling tools: the answers in them, and items to be labelled put into them."""
