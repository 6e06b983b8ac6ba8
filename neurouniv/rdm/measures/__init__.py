"""Measures of dissimilarity between all pairs of conditions, from plain arrays with any leading batch dimensions.

NumPy arrays and torch tensors (CPU or CUDA) run through the same source. Pairs are in the order of
`scipy.spatial.distance.pdist`. Distances are sums over channels, never divided by their number (rsatoolbox divides).
"""

from neurouniv.rdm.measures.correlation import correlation, cosine
from neurouniv.rdm.measures.crossnobis import crossnobis, crossnobis_of_precisions
from neurouniv.rdm.measures.euclidean import mahalanobis, sqeuclidean
from neurouniv.rdm.measures.measure import Measure
from neurouniv.rdm.measures.pairs import difference_products
from neurouniv.rdm.measures.poisson import poisson, poisson_cv
from neurouniv.rdm.measures.variance import crossnobis_variance, crossnobis_with_variance, jackknife_variance

_ALL = (
    Measure("sqeuclidean", "squared Euclidean distance", sqeuclidean),
    Measure("mahalanobis", "squared Mahalanobis distance", mahalanobis, whitens=True),
    Measure(
        "crossnobis",
        "crossvalidated squared distance",
        crossnobis,
        crossvalidated=True,
        whitens=True,
        with_variance=crossnobis_with_variance,
    ),
    Measure("correlation", "correlation distance", correlation, power=0),
    Measure("cosine", "cosine distance", cosine, power=0),
    Measure("poisson", "Poisson divergence", poisson, power=1, rates=True),
    Measure("poisson_cv", "crossvalidated Poisson divergence", poisson_cv, crossvalidated=True, power=1, rates=True),
)
MEASURES = {measure.name: measure for measure in _ALL}

__all__ = [
    "MEASURES",
    "Measure",
    "correlation",
    "cosine",
    "crossnobis",
    "crossnobis_of_precisions",
    "crossnobis_variance",
    "crossnobis_with_variance",
    "difference_products",
    "jackknife_variance",
    "mahalanobis",
    "poisson",
    "poisson_cv",
    "sqeuclidean",
]
