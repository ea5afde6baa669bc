"""The table of scikit-learn models behind `classical`: what each is for each kind of target, with the settings to choose among.

`weight` is "balanced" where rare classes are to count as much as frequent ones, else None.
"""

from collections.abc import Callable
from typing import Any

from sklearn.decomposition import KernelPCA
from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor, GradientBoostingClassifier, GradientBoostingRegressor, RandomForestClassifier
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler
from sklearn.svm import SVR

MANY = 600  # rows beyond which fewer settings are tried: a fit is to stay within seconds


def linear(kind: str, seed: int, rows: int, width: int, weight: str | None) -> list[Any]:
    """Ridge or logistic regression on standardised features; penalty chosen."""
    if kind == "amounts":
        return [make_pipeline(StandardScaler(), Ridge(alpha)) for alpha in (10.0, 1.0, 100.0, 0.1, 1000.0)]
    return [make_pipeline(StandardScaler(), LogisticRegression(C=c, max_iter=300, class_weight=weight)) for c in (0.1, 1.0, 0.01)]


def polynomial(kind: str, seed: int, rows: int, width: int, weight: str | None) -> list[Any]:
    """The same with squares and products of the features."""
    degree = 2 if width <= 60 else 1

    def expanded(model: Any) -> Any:
        return make_pipeline(StandardScaler(), PolynomialFeatures(degree, include_bias=False), StandardScaler(), model)

    if kind == "amounts":
        return [expanded(Ridge(alpha)) for alpha in (10.0, 1.0, 0.1, 100.0, 1000.0)]
    return [expanded(LogisticRegression(C=c, max_iter=200, class_weight=weight)) for c in (0.01, 0.1)]


def boosting(kind: str, seed: int, rows: int, width: int, weight: str | None) -> list[Any]:
    """Stochastic gradient boosting of shallow trees (Friedman 2002)."""
    if kind == "amounts":
        return [GradientBoostingRegressor(n_estimators=150, learning_rate=0.04, max_depth=3, subsample=0.7, random_state=seed)]
    estimators, rate = (60, 0.07) if kind == "classes" else (120, 0.05)
    return [GradientBoostingClassifier(n_estimators=estimators, learning_rate=rate, max_depth=3, subsample=0.7, random_state=seed)]


def forest(kind: str, seed: int, rows: int, width: int, weight: str | None) -> list[Any]:
    """Extremely randomised trees (Geurts et al. 2006); for classes a random forest (Breiman 2001), which told weld defects apart better."""
    if kind == "classes":
        return [RandomForestClassifier(n_estimators=200, min_samples_leaf=5, class_weight=weight and "balanced_subsample", random_state=seed)]
    leaf = 3 if rows >= 100 else 2
    model = ExtraTreesRegressor if kind == "amounts" else ExtraTreesClassifier
    return [model(n_estimators=200, min_samples_leaf=leaf, max_features=0.5, random_state=seed)]


def kernel(kind: str, seed: int, rows: int, width: int, weight: str | None) -> list[Any]:
    """Radial basis functions: support vector regression, or logistic regression on kernel components; width and penalty chosen."""
    if kind == "amounts":
        return [make_pipeline(StandardScaler(), SVR(C=c, epsilon=0.1, gamma=0.2 / width)) for c in (1.0, 4.0, 16.0)]
    solver = "dense" if rows <= MANY else "randomized"
    reach = 0.1 if kind == "classes" else 0.3
    components = KernelPCA(max(1, min(120, rows // 3)), kernel="rbf", gamma=reach / width, eigen_solver=solver, random_state=seed)
    penalties = (3.0, 30.0, 0.3) if rows <= MANY else (30.0,)
    return [make_pipeline(StandardScaler(), components, LogisticRegression(C=c, max_iter=300, class_weight=weight)) for c in penalties]


def network(kind: str, seed: int, rows: int, width: int, weight: str | None) -> list[Any]:
    """A small neural network with one hidden layer and a strong penalty."""
    model = MLPRegressor if kind == "amounts" else MLPClassifier
    return [make_pipeline(StandardScaler(), model(hidden_layer_sizes=(48,), alpha=3.0, learning_rate_init=0.003, max_iter=120, random_state=seed))]


def gaussian_process(kind: str, seed: int, rows: int, width: int, weight: str | None) -> list[Any]:
    """A Gaussian process with a Matérn 3/2 kernel and its own noise (Rasmussen and Williams 2006), for amounts."""
    covariance = ConstantKernel() * Matern(3.0, nu=1.5) + WhiteKernel(0.3)  # skl2onnx cannot convert nu=2.5
    return [make_pipeline(StandardScaler(), GaussianProcessRegressor(covariance, normalize_y=True, random_state=seed))]


MODELS: dict[str, Callable[[str, int, int, int, str | None], list[Any]]] = {
    "linear": linear,
    "polynomial": polynomial,
    "boosting": boosting,
    "forest": forest,
    "kernel": kernel,
    "network": network,
    "gaussian_process": gaussian_process,
}
