"""Trained combiners that people upload, name, try beside each other and put in charge.

`artefacts` keeps their files, `catalogue` their rows, `promotion` holds one against another,
`shadow` runs one beside another, `registry` puts together what requests can choose from.
"""
