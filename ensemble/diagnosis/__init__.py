"""What to know before paying for an ensemble: can these members help, and why (not)?"""
