"""Filters bound to the URL: the address is the state, whatever stands in it."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest


def script() -> None:
    import streamlit as st

    from atlas.ui import filters

    fruit = {"apple": "Apple", "plum": "Plum", "pear": "Pear"}
    filters.choose("Fruit", "fruit", fruit, "plum")
    filters.choose_many("Basket", "basket", fruit, ("apple", "pear"), most=2)
    filters.choose_segment("Size", "size", {"s": "Small", "l": "Large"}, "s")
    if st.button("Take a pear", on_click=filters.set_choice, args=("fruit", "pear")):
        st.caption("taken")


def app(**in_url: str | list[str]) -> AppTest:
    test = AppTest.from_function(script)
    for key, value in in_url.items():
        test.query_params[key] = value
    return test.run()


def state(test: AppTest) -> tuple[Any, list[Any], Any]:
    assert not test.exception
    return test.selectbox[0].value, test.multiselect[0].value, test.button_group[0].value


DEFAULTS = ("plum", ["apple", "pear"], "s")


def test_a_bare_address_gives_the_defaults_and_stays_bare() -> None:
    test = app()
    assert state(test) == DEFAULTS
    assert dict(test.query_params) == {}


def test_an_address_sets_every_filter() -> None:
    test = app(fruit="pear", basket="plum", size="l")
    assert state(test) == ("pear", ["plum"], "l")


def test_the_order_in_the_address_is_kept() -> None:
    assert state(app(basket="pear,apple"))[1] == ["pear", "apple"]


def test_an_empty_list_in_the_address_is_no_choice() -> None:
    assert state(app(basket=""))[1] == []


@pytest.mark.parametrize(
    "text", ["", "banana", "Apple", "'; DROP TABLE x; --", "<script>1</script>", "x" * 10_000]
)
def test_a_value_that_is_not_offered_is_as_if_absent(text: str) -> None:
    test = app(fruit=text, size=text)
    assert state(test) == DEFAULTS


def test_values_that_are_not_offered_are_left_out_of_a_list() -> None:
    assert state(app(basket="banana,,<b>,plum"))[1] == ["plum"]


def test_a_list_holds_each_value_once_and_no_more_than_it_may() -> None:
    assert state(app(basket="plum,plum"))[1] == ["plum"]
    assert state(app(basket="plum,plum,apple,pear"))[1] == ["plum", "apple"]


def test_a_repeated_parameter_does_not_fail() -> None:
    fruit, _basket, _size = state(app(fruit=["apple", "pear"]))
    assert fruit in ("apple", "pear")


def test_a_choice_goes_into_the_address_and_a_default_leaves_it() -> None:
    test = app()
    test.selectbox[0].select("apple").run()
    assert test.query_params["fruit"] == "apple"
    assert state(test)[0] == "apple"
    test.selectbox[0].select("plum").run()
    assert "fruit" not in test.query_params
    assert state(test) == DEFAULTS


def test_a_default_that_is_not_offered_gives_way_to_the_first_option() -> None:
    def only_plums() -> None:
        from atlas.ui import filters

        filters.choose("Fruit", "fruit", {"plum": "Plum", "pear": "Pear"}, "apple")

    test = AppTest.from_function(only_plums).run()
    assert not test.exception
    assert test.selectbox[0].value == "plum"


def test_a_list_goes_into_the_address_and_a_default_leaves_it() -> None:
    test = app()
    test.multiselect[0].unselect("pear").run()
    assert test.query_params["basket"] == "apple"
    test.multiselect[0].unselect("apple").run()
    assert test.query_params["basket"] == ""
    assert state(test)[1] == []
    test.multiselect[0].select("apple").run()
    test.multiselect[0].select("pear").run()
    assert "basket" not in test.query_params
    assert state(test) == DEFAULTS


def test_other_parameters_are_left_alone() -> None:
    test = app(lang="fr")
    test.selectbox[0].select("apple").run()
    assert dict(test.query_params) == {"lang": "fr", "fruit": "apple"}


def test_a_choice_from_a_chart_is_as_if_picked_in_the_list() -> None:
    test = app(fruit="apple")
    test.button[0].click().run()
    assert state(test)[0] == "pear"
    assert test.query_params["fruit"] == "pear"
