"""Rewards, and the training of a policy by them."""
