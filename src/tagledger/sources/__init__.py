"""Where data comes from: the catalogue of sources, and how their files are brought here."""
