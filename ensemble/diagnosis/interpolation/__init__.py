"""Loss along straight lines between the weights of networks.

The tools are here; two studies use them: `loss_path` trains models and checks published claims on
straight paths, `two_models` (the study `between`) compares two models of the user.
"""
