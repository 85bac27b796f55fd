import pandas as pd

from dashboard.elements import recommendations as rows
from dashboard.insights.recommendations import effect

NAN = float("nan")


def counted(shown: int, ordering: int, held: int, others: int) -> pd.DataFrame:
    """recommendation_effect of one restaurant, a third of whose shown visits saw some."""
    return pd.DataFrame(
        {
            "group": ["shown", "holdout"],
            "visits": [shown, held],
            "ordering_visits": [ordering, others],
            "views": [shown // 3, 0],
            "opens": [shown // 30, 0],
        }
    )


def kpis(*given: int) -> list[dict[str, str]]:
    told = effect(counted(*given))
    assert told
    return [{name: kpi[name] for name in ("value", "words", "usual", "tone")} for kpi in rows.kpis(told)]


def test_figures_say_what_they_leave_open_and_judge_beyond_chance_only() -> None:
    saw, opened, with_them, without, gap = kpis(9000, 4500, 1000, 400)
    assert (saw["value"], saw["words"]) == ("3,000", "of 9,000 visits that may")
    assert (opened["value"], opened["usual"]) == ("10.0%", "300 visits")
    assert (with_them["value"], without["value"]) == ("50.0%", "40.0%")
    assert (gap["value"], gap["usual"], gap["tone"]) == ("+10.0 points", "▲ beyond chance", "good")
    assert kpis(9000, 3600, 1000, 500)[-1]["tone"] == "bad"
    assert kpis(900, 400, 100, 41)[-1]["usual"] == "Within chance"


def test_too_few_visits_have_no_figure() -> None:
    *_, without, gap = kpis(90, 40, 3, 1)
    assert (without["value"], without["words"], without["usual"]) == ("–", "Too few visits yet", "of 3 visits")
    assert (gap["value"], gap["words"], gap["tone"]) == ("–", "too few", "muted")


def test_a_rounded_share_says_about_a_counted_one_its_interval_and_popularity_neither() -> None:
    told = pd.DataFrame({"name": "Som Tum", "under": "", "reason": "", "value": [0.33, 0.4, NAN]})
    cells = rows.elsewhere(told.assign(low=[NAN, 0.3, NAN], high=[NAN, 0.5, NAN]))
    assert [cell["share"]["text"] for cell in cells] == ["about 33%", "40%", "–"]
    assert cells[1]["share"]["sub"] == "±10.0"


def test_what_followed_elsewhere_is_a_dash_to_who_may_not_know() -> None:
    told = pd.DataFrame({"item_name": ["Rolls", "Tea"], "restaurant_name": "Som Tum", "views": [100.0, 4], "low": 0.1})
    told = told.assign(opens=[20, 1], open_rate=[0.2, NAN], high=0.3, arrivals=[NAN, 3], ordering_visits=[NAN, 1])
    first, second = rows.shown(told)
    assert (first["arrivals"]["text"], second["arrivals"]["text"], second["orders"]["text"]) == ("–", "3", "1")
    assert (first["bar"]["share"], second["bar"]["share"], second["open"]["text"]) == (1.0, 0, "too few")
