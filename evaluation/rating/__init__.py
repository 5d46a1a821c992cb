"""Ratings that people gave, learnt by example: formality, fluency, any other."""
