"""What each figure that is printed means, in one line for whoever has not met it."""

MEANINGS = {
    "macro_f1": "mean of the labels' F1, each label counting alike (F1: harmonic mean of precision and recall); 1 is perfect",
    "micro_f1": "F1 over all decisions together, so that frequent labels count more; 1 is perfect",
    "partial_score": "mean share of a row's true labels that were found; labels too many cost nothing",
    "exact_match": "share of rows whose labels are all right and none too many",
    "label_accuracy": "share of single yes-or-no decisions that are right; high wherever most labels are rare",
    "accuracy": "share of rows that are right",
    "mse": "mean squared error, in the target's unit squared",
    "rmse": "root of the mean squared error, in the target's unit: the size of a typical error, large ones counting more",
    "mae": "mean absolute error, in the target's unit",
    "r2": "share of the target's variance that is explained; 1 is perfect, 0 is as good as the mean",
    "corr": "Pearson's correlation of prediction and truth; 1 is perfect",
    "ece": "how far stated probabilities are from how often they come true, on average; 0 is perfect",
    "coverage": "share of true values inside their interval, or true classes inside their set; should be near the level",
    "set_size": "mean number of classes in a set; 1 is the most definite",
    "loss": "what training minimises: log loss, or the squared error of standardised values; lower is better",
    "error_length_corr": "correlation of the error with the length of the second text; 0: neither long nor short ones are favoured",
    "precision": "share of the rows given this label that have it",
    "recall": "share of the rows with this label that were given it",
    "f1": "harmonic mean of precision and recall",
    "support": "rows that have this label",
    "aspect_f1": "F1 of (aspect, polarity) pairs found against those given",
    "polarity_macro_f1": "macro F1 of the polarities, for aspects as given",
    "unlike_training": "share of rows farther from the training rows' centre than any of them; there neither probabilities nor intervals hold: "
    "check such rows by hand, or label some of them and train again",
    "seen_in_training": "share of rows that the model was trained on; on those its scores are too good",
}


def meaning(metric: str) -> str:
    """The line of a metric, also of one stage of an aspect model (`polarity_accuracy`); empty for what is not a figure."""
    return MEANINGS.get(metric) or next((MEANINGS[rest] for rest in (metric.partition("_")[2],) if rest in MEANINGS), "")
