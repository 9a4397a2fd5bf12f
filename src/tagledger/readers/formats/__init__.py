"""The formats of files, a module each: `tagledger.sources.formats` finds them here."""
