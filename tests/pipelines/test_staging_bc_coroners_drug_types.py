"""BC drugs relevant to deaths: a column a drug."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from pipelines.errors import SourceFileError

SOURCE = "bc_coroners_drug_types"
HEADER = "Year,Fentanyl,Cocaine,Methamphetamines,Benzodiazepines,Other opioids,Alcohol\n"

Stage = Callable[..., list[tuple[Any, ...]]]


def test_every_drug_has_its_share_of_the_year(stage_text: Stage) -> None:
    text = f"{HEADER}2013,10.5,52.5,29.5,4,68.5,30"
    assert set(stage_text(SOURCE, text, "dimension, member, value, unit, period_end")) == {
        ("substance", member, value, "percent", date(2013, 12, 31))
        for member, value in {
            "fentanyl": 10.5,
            "cocaine": 52.5,
            "methamphetamine": 29.5,
            "benzodiazepines": 4.0,
            "other_opioids": 68.5,
            "alcohol": 30.0,
        }.items()
    }


def test_an_empty_share_is_refused(stage_text: Stage) -> None:
    with pytest.raises(SourceFileError, match="line 2: expected a row that has a value"):
        stage_text(SOURCE, f"{HEADER}2013,10.5,,29.5,4,68.5,30\n", "value")
