"""The study `loss_path`: trains text classifiers, and measures the loss on straight paths."""
