"""Every model the tools use, made here: data, training, evaluation, calibration, export, cards."""
