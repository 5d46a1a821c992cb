"""Turns source and hypothesis into edits and back; edits are what corrections are compared by.

Read the modules in this order:

- `tokens` splits a text into tokens without loss; `protected` finds addresses, code and mark-up;
- `glyphs` maps the written forms of a token (quotes, dashes, accents) to one key;
- `steps` has the records of an alignment, `words` compares words by their letters;
- `weigh` aligns the tokens of a region, `settle` gives repeated words one position, `merge` joins
  neighbouring changes that make one edit, and `align` puts these together;
- `spacing` reads texts in the spacing convention of the source, and `batch_style` finds that of a
  source without punctuation from the other sources of its file;
- `classify` and `types` give each edit a type.
"""
