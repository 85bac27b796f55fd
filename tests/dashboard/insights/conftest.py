"""Report-shaped frames, as the warehouse answers them: Arrow columns, one row an item."""

from collections.abc import Callable

import pandas as pd
import pytest

Frame = Callable[..., pd.DataFrame]


@pytest.fixture
def arrow() -> Frame:
    """Columns as keyword arguments → a frame with Arrow dtypes."""

    def make(**columns: object) -> pd.DataFrame:
        return pd.DataFrame(columns).convert_dtypes(dtype_backend="pyarrow")

    return make


@pytest.fixture
def items(arrow: Frame) -> Frame:
    """item_attention: names with the counts that a test is about, the rest filled in to fit."""

    def make(
        names: list[str], visits: int = 1000, sections: list[str] | None = None, **given: list[int]
    ) -> pd.DataFrame:
        counts = {"reached": [visits] * len(names), **given}
        counts.setdefault("viewed", counts["reached"])
        counts.setdefault("opened", [0] * len(names))
        counts.setdefault("ordered", [0] * len(names))
        counts.setdefault("dwell_ms", [v * 1000 for v in counts["viewed"]])
        sections = sections or ["Mains"] * len(names)
        return arrow(
            restaurant_id="r1",
            item_id=[name.lower() for name in names],
            item_name=names,
            section_id=[name.lower() for name in sections],
            section_name=sections,
            position=list(range(1, len(names) + 1)),
            visits=[visits] * len(names),
            skipped=[r - v for r, v in zip(counts["reached"], counts["viewed"], strict=True)],
            **counts,
        )

    return make
