"""By which rules a restaurant takes part in recommendations: said at once, like what is sold out, without a publish."""

from collections.abc import Callable
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from dashboard.menus.model import Id
from errors import MenuError, ParameterError

MOST_SHOWN = 3
"""A guest is shown so many dishes of others at once: more pins would never be seen."""


class Pick(BaseModel):
    """An item of another restaurant; without an item that restaurant as a whole."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    restaurant_id: Id
    item_id: Id | None = None


class Rules(BaseModel):
    """What a restaurant decides itself, whether it is `shown_elsewhere` and `shows_others`; and what an admin decides
    for it: what its guests are shown first, and what never."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    shown_elsewhere: bool = True
    shows_others: bool = True
    pinned: tuple[Pick, ...] = ()
    blocked: tuple[Pick, ...] = ()

    def with_pinned(self, pick: Pick) -> Self:
        """These rules with a pick pinned, behind those that are; one that was blocked no longer is."""
        pinned = (*_but(self.pinned, pick), pick)
        if len(pinned) > MOST_SHOWN:
            raise MenuError(f"A guest is shown up to {MOST_SHOWN}, and so many are pinned.", "Take one out first.")
        return self.model_copy(update={"pinned": pinned, "blocked": _but(self.blocked, pick)})

    def with_blocked(self, pick: Pick) -> Self:
        """These rules with a pick blocked; one that was pinned no longer is."""
        blocked = (*_but(self.blocked, pick), pick)
        return self.model_copy(update={"pinned": _but(self.pinned, pick), "blocked": blocked})

    def without(self, pick: Pick) -> Self:
        """These rules with a pick neither pinned nor blocked."""
        return self.model_copy(update={"pinned": _but(self.pinned, pick), "blocked": _but(self.blocked, pick)})


def pick(text: str) -> Pick:
    """ "som-tum/papaya-salad", or "som-tum" for all of it, as somebody types it. Raises ParameterError."""
    restaurant_id, _, item_id = text.partition("/")
    try:
        return Pick(restaurant_id=restaurant_id, item_id=item_id or None)
    except ValidationError:
        raise ParameterError(f"{text!r} is no pick: write RESTAURANT or RESTAURANT/ITEM, by their ids.") from None


def rows(restaurant_id: str, rules: Rules) -> list[dict[str, Any]]:
    """The rules as rows of the dimension `recommendation_rules`: none where they are what they are without any."""
    said: list[tuple[str, Pick | None]] = [
        *([] if rules.shown_elsewhere else [("hidden", None)]),
        *([] if rules.shows_others else [("silent", None)]),
        *(("pin", pick) for pick in rules.pinned),
        *(("block", pick) for pick in rules.blocked),
    ]
    return [
        {
            "restaurant_id": restaurant_id,
            "place": place,
            "rule": rule,
            "recommended_restaurant_id": pick and pick.restaurant_id,
            "recommended_item_id": pick and pick.item_id,
        }
        for place, (rule, pick) in enumerate(said, start=1)
    ]


def sentences(before: Rules, after: Rules, name: Callable[[Pick], str]) -> list[str]:
    """What changed, in words; `name` is how people call a pick."""
    told = []
    if before.shown_elsewhere != after.shown_elsewhere:
        told.append("Shown to guests of others" if after.shown_elsewhere else "No longer shown to guests of others")
    if before.shows_others != after.shows_others:
        told.append("Shows others to its guests" if after.shows_others else "No longer shows others to its guests")
    for verb, old, new in (("pinned", before.pinned, after.pinned), ("blocked", before.blocked, after.blocked)):
        told += [f"{name(pick)} {verb}" for pick in new if pick not in old]
        told += [f"{name(pick)} no longer {verb}" for pick in old if pick not in new]
    return told


def _but(picks: tuple[Pick, ...], pick: Pick) -> tuple[Pick, ...]:
    return tuple(other for other in picks if other != pick)
