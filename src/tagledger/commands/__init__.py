"""The commands, by group; `tagledger.cli` gathers them."""
