"""What a trained member adds to the ensemble."""
