"""Which metric should one use: metrics held against people, and how sure the answer is."""
