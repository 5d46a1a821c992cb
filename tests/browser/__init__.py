"""The pages in a real browser; a package, so that one browser and one service last for it."""
