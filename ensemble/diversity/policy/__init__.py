"""A member's decisions, the effects of each option, and the policy that chooses."""
