"""Shares and means with their uncertainty, so that a page can tell a finding from chance.

Everything is vectorised: arguments are numbers or arrays of counts, answers are float arrays with NaN where nothing can
be said (a rate over nothing is unknown, not 0). Intervals are two-sided and hold 95 % unless `z` says otherwise.
"""

from statistics import NormalDist

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

TOO_FEW = 10  # under this many visits a rate is noise, and pages print "too few" instead of it


def normal_quantile(confidence: float = 0.95, among: int = 1) -> float:
    """z of a two-sided interval; `among` comparisons share the risk of one false alarm (Bonferroni)."""
    return NormalDist().inv_cdf(1 - (1 - confidence) / 2 / max(among, 1))


Z95 = normal_quantile()


def rate(successes: npt.ArrayLike, trials: npt.ArrayLike) -> Floats:
    """successes ÷ trials in 0..1, NaN where there was no trial."""
    k, n = _floats(successes), _floats(trials)
    shares: Floats = np.divide(k, n, out=np.full(np.broadcast(k, n).shape, np.nan), where=n > 0)
    return shares


def interval(successes: npt.ArrayLike, trials: npt.ArrayLike, z: float = Z95) -> tuple[Floats, Floats]:
    """The share's low and high: Wilson's score interval, which stays inside 0..1 and serves small counts too.

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927), 209-212.
    """
    n = _floats(trials)
    share = rate(successes, n)
    n = np.where(n > 0, n, np.nan)
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    return np.clip(middle - half, 0, 1), np.clip(middle + half, 0, 1)


def difference(
    successes: npt.ArrayLike, trials: npt.ArrayLike, others: npt.ArrayLike, other_trials: npt.ArrayLike, z: float = Z95
) -> tuple[Floats, Floats, Floats]:
    """How much a share exceeds another: the difference, its low and its high, in -1..1.

    R. G. Newcombe, "Interval estimation for the difference between independent proportions", Statistics in Medicine 17
    (1998), 873-890, method 10 (from two Wilson intervals).
    """
    one, two = rate(successes, trials), rate(others, other_trials)
    (low1, high1), (low2, high2) = interval(successes, trials, z), interval(others, other_trials, z)
    gap = one - two
    return gap, gap - np.hypot(one - low1, high2 - two), gap + np.hypot(high1 - one, two - low2)


def daily_mean(totals: npt.ArrayLike, visits: npt.ArrayLike) -> tuple[Floats, Floats]:
    """A mean a visit and its standard error, from daily totals and visits: arrays of (things, days), NaN for no day.

    Visits of one day are alike (weather, a feast), so days, not visits, are what varies: the ratio estimator of
    W. G. Cochran, "Sampling Techniques" (1977), chapter 6. Under five days the error is NaN: too few to judge by.
    """
    totals, visits = np.atleast_2d(_floats(totals)), np.atleast_2d(_floats(visits))
    days = np.sum(visits > 0, axis=1).astype(float)
    trials = np.nansum(visits, axis=1)
    mean = rate(np.nansum(totals, axis=1), trials)
    squares = np.nansum((totals - mean[:, None] * visits) ** 2, axis=1)
    days = np.where(days >= 5, days, np.nan)
    return mean, np.sqrt(days / (days - 1) * squares) / np.where(trials > 0, trials, np.nan)


def _floats(values: npt.ArrayLike) -> Floats:
    return np.asarray(values, dtype=float)
