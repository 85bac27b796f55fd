"""What is usual: the band in which a day of this weekday falls, so that pages show noise as noise.

A day's figure is a total over an exposure: visits over one day, orders over visits, milliseconds over views. Earlier
days of the same weekday give the middle; how much days differ from their own weekday's middle, pooled over all
weekdays, gives the spread (quasi-likelihood with a dispersion from Pearson residuals: P. McCullagh and J. A. Nelder,
"Generalized Linear Models", 2nd ed. 1989, sections 4.5 and 9.2). The band is the prediction interval for one more such
day: wider for a weekday seen three times than for one seen eight times, and for a rate over few visits.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dashboard.insights.rates import Z95, Floats, rate, student_quantile

LEAST_DAYS, LEAST_FREEDOM = 3, 6  # days of this weekday; days of any weekday beyond the first of each

Variance = Callable[[Floats], Floats]


@dataclass(frozen=True)
class Usual:
    """19 of 20 such days lie within low..high; `days` earlier ones of this weekday say so."""

    middle: float
    low: float
    high: float
    days: int

    def verdict(self, value: float) -> int:
        """-1 below the band, 1 above it, 0 within: noise."""
        return int(value > self.high) - int(value < self.low)


def counts(middle: Floats) -> Floats:
    """Counts vary as their middle does (Poisson), times the dispersion."""
    return middle


def shares(middle: Floats) -> Floats:
    """Shares vary as a binomial's, times the dispersion."""
    return middle * (1 - middle)


def means(middle: Floats) -> Floats:
    """Means have no spread of their own: the dispersion says it all."""
    return np.ones_like(middle)


class Habit:
    """How a figure runs from weekday to weekday, learnt from earlier days."""

    def __init__(self, totals: Floats, exposures: Floats, weekdays: Floats, variance: Variance) -> None:
        """One entry an earlier day; `weekdays` count from 1 = Monday. Days without exposure say nothing."""
        seen = exposures > 0
        totals, exposures = totals[seen], exposures[seen]
        groups, index = np.unique(weekdays[seen], return_inverse=True)
        self._exposure = np.bincount(index, exposures, len(groups))
        self._days = np.bincount(index, minlength=len(groups))
        self._middle = rate(np.bincount(index, totals, len(groups)), self._exposure)
        self._at = {int(group): at for at, group in enumerate(groups)}
        self._variance = variance
        self._freedom = len(totals) - len(groups)
        spread = variance(self._middle)[index]
        squares = exposures * (rate(totals, exposures) - self._middle[index]) ** 2
        pearson = np.divide(squares, spread, out=np.zeros_like(squares), where=spread > 0)
        self._dispersion = float(pearson.sum() / self._freedom) if self._freedom > 0 else np.nan
        if variance is not means:
            self._dispersion = max(self._dispersion, 1.0)  # days can't be steadier than chance alone
        self._z = float(student_quantile(Z95, self._freedom)) if self._freedom >= LEAST_FREEDOM else np.nan

    def band(self, weekday: int, exposure: float) -> Usual | None:
        """The band for one more day of this weekday with this exposure; None while too few days say so."""
        at = self._at.get(weekday)
        if at is None or self._days[at] < LEAST_DAYS or self._freedom < LEAST_FREEDOM or exposure <= 0:
            return None
        middle = float(self._middle[at])
        spread = self._dispersion * float(self._variance(self._middle)[at])
        error = float(np.sqrt(spread * (1 / exposure + 1 / self._exposure[at])))
        half = self._z * error
        high = min(1.0, middle + half) if self._variance is shares else middle + half
        return Usual(middle, max(0.0, middle - half), high, int(self._days[at]))
