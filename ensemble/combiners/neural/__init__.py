"""The trained combiner."""
