import math

import numpy as np
import pandas as pd
import pytest

from dashboard import charts
from dashboard.charts import Theme
from dashboard.charts_network import MOST_NAMES, MOST_TIES, network
from dashboard.insights import words
from tests.dashboard.test_insight_charts import texts


def town(restaurants: int, ties: int = 10) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Restaurants of one area, each tied to so many others; the first tie is by far the strongest."""
    ends = [(n, (n + step) % restaurants) for n in range(restaurants) for step in range(1, ties + 1)]
    pairs = sorted({(min(pair), max(pair)) for pair in ends if pair[0] != pair[1]})
    weight = [1000.0, *(5.0 + n % 7 for n in range(1, len(pairs)))]
    nodes = {"restaurant_id": [f"r{n}" for n in range(restaurants)], "weight": 50.0}
    edges = {"one": [one for one, _ in pairs], "other": [other for _, other in pairs], "weight": weight}
    names = [f"Restaurant {n} of the town" for n in range(restaurants)]
    return pd.DataFrame(nodes | {"restaurant_name": names}), pd.DataFrame(edges | {"words": "A and B: 5 guests"})


@pytest.mark.parametrize("restaurants", [2, 12, 60, 200])
def test_a_network_names_as_many_as_have_room_and_draws_the_strongest_ties(restaurants: int, theme: Theme) -> None:
    nodes, edges = town(restaurants)
    fig = network(nodes, edges, theme, chosen="r1")
    *_, said, dots = fig.data
    assert len(dots.text) == restaurants
    assert min(2, restaurants) <= len(texts(fig)) <= MOST_NAMES
    assert "Restaurant 1…" in texts(fig)
    assert restaurants / 2 <= len(said.text) <= min(len(edges), MOST_TIES + restaurants)
    assert max(trace.line.width for trace in fig.data[:-2]) == 6


def test_the_chosen_restaurant_and_its_ties_have_the_brands_colour(theme: Theme) -> None:
    nodes, edges = town(12, 2)
    fig = network(nodes, edges, theme, chosen="r3")
    own = [trace for trace in fig.data[:-2] if trace.line.color == theme.brand]
    assert sum(int(np.isnan(np.asarray(trace.x, dtype=float)).sum()) for trace in own) == 4
    assert list(fig.data[-1].marker.color).count(theme.brand) == 1


def test_a_tie_says_its_words_where_it_is_pointed_at(theme: Theme) -> None:
    nodes, edges = town(5, 1)
    said = network(nodes, edges, theme).data[-2]
    assert set(said.text) == {"<b>A and B</b><br>5 guests"}
    assert all(math.hypot(x, y) < 1 for x, y in zip(said.x, said.y, strict=True))


def test_intervals_say_each_value_and_what_it_leaves_open(theme: Theme) -> None:
    rows = pd.DataFrame({"name": ["With", "Without"], "value": [0.4, 0.3], "low": [0.38, 0.2], "high": [0.42, 0.4]})
    fig = charts.intervals(rows.assign(color=[theme.brand, theme.muted]), theme, words.percent, "of visits order")
    assert texts(fig) == ["With <b>40%</b>", "Without <b>30%</b>"]
    assert fig.data[-1].text == ("<b>With</b> 40%<br>38% to 42% (95%)", "<b>Without</b> 30%<br>20% to 40% (95%)")
    assert list(fig.data[0].y) == [1, 1]
