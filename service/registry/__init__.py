"""The registry of trained combiners: uploads, versions, aliases, promotion, shadow deployment.

`artefacts` stores the files, `repository` the rows, `promotion` compares two combiners, `shadow`
runs one beside another, `registry` offers the loaded ones to requests.
"""
