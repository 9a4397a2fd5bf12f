"""Reading of source files: rows to columns, and rows that cannot be used set aside.

`raw` puts items, labels and taxonomy together; `formats` turns JSON, JSON Lines, CSV and Parquet
into `blocks` of columns; `columns` and `dates` type them and find their faults, `set_aside` keeps
the rows that have one; `taxonomy` reads that file. `records` are found within a document, `paths`
lead into objects, lists and mappings, and `literal_values` are those that a program wrote as text.
What looks right to a parser and is not: `quotes` of CSV, keys given twice in `json_text`,
`literals` in place of tags, `encodings` other than UTF-8.
"""
