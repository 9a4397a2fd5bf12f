"""The bytes of the files that a reading names: found, decompressed, out of archives, as UTF-8."""
