"""The examples in the documentation of the pure modules are true."""

import doctest
import importlib
import inspect
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


def test_the_catalog_has_examples() -> None:
    _failed, tried = doctest.testmod(importlib.import_module("atlas.catalog"))
    assert tried > 0


@pytest.mark.parametrize("name", MODULES)
def test_each_public_function_has_an_example(name: str) -> None:
    module = importlib.import_module(name)
    public = {
        key
        for key, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == name and not key.startswith("_")
    }
    found = doctest.DocTestFinder(exclude_empty=True).find(module)
    shown = {test.name.removeprefix(f"{name}.") for test in found if test.examples}
    assert public <= shown
