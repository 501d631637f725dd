"""The examples in the documentation of the pure modules are true."""

import doctest
import importlib
import pkgutil

import pytest

import atlas.analysis

MODULES = sorted(
    module.name for module in pkgutil.walk_packages(atlas.analysis.__path__, "atlas.analysis.")
)


@pytest.mark.parametrize("name", ["atlas.catalog", *MODULES])
def test_examples_are_true(name: str) -> None:
    failed, _tried = doctest.testmod(importlib.import_module(name))
    assert failed == 0


@pytest.mark.parametrize(
    "name", ["atlas.catalog", "atlas.analysis.rates", "atlas.analysis.headline"]
)
def test_these_modules_have_examples(name: str) -> None:
    _failed, tried = doctest.testmod(importlib.import_module(name))
    assert tried > 0
