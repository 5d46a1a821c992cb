"""Policies, rewards and their training."""
