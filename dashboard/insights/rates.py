"""Shares and means with their uncertainty, so that a page can tell a finding from chance.

Everything is vectorised: arguments are numbers or arrays of counts, answers are float arrays with NaN where nothing can
be said (a rate over nothing is unknown, not 0). Intervals are two-sided and hold 95 % unless `z` says otherwise.
"""

from math import sqrt
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv

Floats = npt.NDArray[np.float64]

TOO_FEW = 10  # under this many visits a rate is noise, and pages print "too few" instead of it
FEWEST_DAYS = 5  # under this many days their spread is unknown
FEWEST_ALIKE = 5  # under this many rates what they have in common is unknown


class Estimate(NamedTuple):
    """What was measured, and the interval that it leaves open."""

    value: Floats
    low: Floats
    high: Floats


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


def alike(successes: npt.ArrayLike, trials: npt.ArrayLike, confidence: float = 0.95) -> Estimate:
    """The rates of things that resemble each other, such as a menu's items, drawn towards what they have in common.

    Empirical Bayes: each rate is drawn from a Beta distribution, whose mean is that of all and whose width is found by
    moments (J. C. Kleinman, "Proportions with extraneous variance: single and independent samples", JASA 68 (1973),
    46-54) and taken one standard error wider, since it is only estimated; the interval is the posterior's. Under
    FEWEST_ALIKE with a trial nothing is learned from the others: Jeffreys' Beta(½, ½). NaN where there was no trial.
    """
    k, n = np.broadcast_arrays(_floats(successes), _floats(trials))
    tried = n > 0
    groups, total = int(tried.sum()), float(n[tried].sum())
    first = second = 0.5
    if groups >= FEWEST_ALIKE:
        middle = (float(k[tried].sum()) + 0.5) / (total + 1)
        spread = float((n[tried] * (k[tried] / n[tried] - middle) ** 2).sum()) / (middle * (1 - middle))
        room = total - float((n[tried] ** 2).sum()) / total - (groups - 1)
        among = (spread - groups + 1 + sqrt(2 * groups - 2)) / room if room > 0 else 1.0  # correlation within a rate
        strength = 1 / min(max(among, 1 / total), 0.5) - 1
        first, second = middle * strength, (1 - middle) * strength
    a, b = (np.where(tried, counts + prior, np.nan) for counts, prior in ((k, first), (n - k, second)))
    tail = (1 - confidence) / 2
    return Estimate(a / (a + b), betaincinv(a, b, tail), betaincinv(a, b, 1 - tail))


def shares(successes: npt.ArrayLike, trials: npt.ArrayLike) -> Estimate:
    """Counted rates of things that are `alike` (95 %), NaN under TOO_FEW trials: as many as were counted, in intervals
    that know the others, widened to hold what was counted where chance took that further off than they reach."""
    unknown = np.where(_floats(trials) >= TOO_FEW, 0.0, np.nan)
    own, told = rate(successes, trials), alike(successes, trials)
    return Estimate(own + unknown, np.minimum(own, told.low) + unknown, np.maximum(own, told.high) + unknown)


def share(successes: npt.ArrayLike, trials: npt.ArrayLike, z: float = Z95) -> Estimate:
    """A rate that stands for itself, with its interval; NaN under TOO_FEW trials."""
    unknown = np.where(_floats(trials) >= TOO_FEW, 0.0, np.nan)
    low, high = interval(successes, trials, z)
    return Estimate(rate(successes, trials) + unknown, low + unknown, high + unknown)


def daily_mean(totals: npt.ArrayLike, visits: npt.ArrayLike, z: float = Z95) -> Estimate:
    """A mean a visit, from daily totals and visits: arrays of (things, days), 0 or NaN for no visit that day.

    Visits of one day are alike (weather, a feast), so days, not visits, are what varies: the ratio estimator of
    W. G. Cochran, "Sampling Techniques" (1977), chapter 6, with Student's t. Under FEWEST_DAYS the limits are NaN.
    """
    totals, visits = np.atleast_2d(np.nan_to_num(_floats(totals))), np.atleast_2d(np.nan_to_num(_floats(visits)))
    days, trials = np.sum(visits > 0, axis=1).astype(float), visits.sum(axis=1)
    mean = rate(totals.sum(axis=1), trials)
    squares = ((totals - np.nan_to_num(mean)[:, None] * visits) ** 2).sum(axis=1)
    days = np.where(days >= FEWEST_DAYS, days, np.nan)
    half = student_quantile(z, days - 1) * rate(np.sqrt(days / (days - 1) * squares), trials)
    return Estimate(mean, mean - half, mean + half)


def difference(
    successes: npt.ArrayLike, trials: npt.ArrayLike, others: npt.ArrayLike, other_trials: npt.ArrayLike, z: float = Z95
) -> Estimate:
    """How much a share exceeds another, in -1..1, whatever the number of trials.

    R. G. Newcombe, "Interval estimation for the difference between independent proportions", Statistics in Medicine 17
    (1998), 873-890, method 10.
    """
    return apart(
        Estimate(rate(successes, trials), *interval(successes, trials, z)),
        Estimate(rate(others, other_trials), *interval(others, other_trials, z)),
    )


def apart(one: Estimate, two: Estimate) -> Estimate:
    """How much `one` exceeds `two`, from the intervals of both; beyond chance where it leaves 0 out.

    G. Y. Zou and A. Donner, "Construction of confidence limits about effect measures", Statistics in Medicine 27
    (2008), 1693-1702. With Wilson's intervals it is Newcombe's, with means' it is Welch's, nearly.
    """
    gap = one.value - two.value
    return Estimate(
        gap,
        gap - np.hypot(one.value - one.low, two.high - two.value),
        gap + np.hypot(one.high - one.value, two.value - two.low),
    )


def against_rest(
    successes: npt.ArrayLike, trials: npt.ArrayLike, z: float, of: tuple[float, float] | None = None
) -> Estimate:
    """How much each group's share exceeds that of all the others together; `of`: the successes and trials of all,
    where the groups overlap (days and hours of the same visits)."""
    k, n = _floats(successes), _floats(trials)
    every, tried = of or (k.sum(), n.sum())
    return apart(share(k, n, z), share(every - k, tried - n, z))


def surest(gaps: Estimate) -> int | None:
    """The row that is furthest from 0, measured by its own interval; None if every interval holds 0."""
    half = np.where(gaps.value > 0, gaps.value - gaps.low, gaps.high - gaps.value)
    sureness = np.nan_to_num(rate(np.abs(gaps.value), half))
    if not sureness.size or sureness.max() <= 1:
        return None
    return int(np.argmax(sureness))


def student_quantile(z: float, freedom: npt.ArrayLike) -> Floats:
    """Student's t for the probability that `z` has in the normal distribution.

    Abramowitz and Stegun, "Handbook of Mathematical Functions" (1964), 26.7.5.
    """
    n = _floats(freedom)
    return (
        z
        + (z**3 + z) / (4 * n)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * n**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * n**3)
        + (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / (92160 * n**4)
    )


def _floats(values: npt.ArrayLike) -> Floats:
    return np.asarray(values, dtype=float)
