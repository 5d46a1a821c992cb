"""Training a combiner: cross-validation, the saved folder, the report."""
