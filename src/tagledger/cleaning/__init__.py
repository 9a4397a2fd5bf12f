"""The rules of the clean stage: texts, spellings, the taxonomy, near duplicates, and the books."""
