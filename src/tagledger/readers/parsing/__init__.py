"""The rows and records of each kind of file; tagledger.readers.formats says which."""
