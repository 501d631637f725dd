"""What a column is made of is read from the SQL that makes it."""

import pytest

from pipelines.declaration import SOURCES, load_source
from pipelines.errors import PipelineError
from pipelines.lineage import Node, lineage

HARMS = load_source(SOURCES / "phac_substance_harms.toml")
SHELTER = load_source(SOURCES / "toronto_shelter_resident_deaths.toml")


def test_a_mart_s_column_is_traced_to_the_publishers_columns() -> None:
    node = lineage("marts.population.persons", [HARMS])
    assert node == Node(
        "marts.population.persons",
        (
            Node(
                "marts.observation.value",
                (
                    Node(
                        "staging.figure.value",
                        (lineage("staging.phac_substance_harms.value", [HARMS]),),
                    ),
                ),
            ),
        ),
    )


def test_a_staged_column_names_the_columns_of_the_file() -> None:
    found = lineage("staging.phac_substance_harms.measure_id", [HARMS])
    assert {
        "the publisher's file, column source",
        "the publisher's file, column substance",
    } <= {node.name for node in found.inputs}


def test_keys_come_from_the_declaration() -> None:
    found = lineage("staging.phac_substance_harms.release_id", [HARMS])
    assert found.inputs == (Node("pipelines/sources/phac_substance_harms.toml"),)


def test_a_column_behind_a_pivot_may_come_from_any_input() -> None:
    found = lineage("staging.toronto_shelter_resident_deaths.value", [SHELTER])
    assert Node("the publisher's file") in found.inputs


def test_a_table_of_codes_is_named_by_its_file() -> None:
    found = lineage("marts.headline_measure.position", [HARMS])
    assert found.inputs == (Node("data/codes/headline_measures, column position"),)


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("marts.nothing", "expected a table among marts.counting_rule, "),
        ("observation", "got 'observation'"),
        ("marts.source.licences", "expected a column among source_id, publisher, "),
    ],
)
def test_an_unknown_table_or_column_is_named(target: str, says: str) -> None:
    with pytest.raises(PipelineError) as refusal:
        lineage(target, [HARMS])
    assert says in str(refusal.value)


@pytest.mark.parametrize("column", ["value", "status", "region_id", "period_start", "is_latest"])
def test_every_column_of_a_figure_has_an_origin(column: str) -> None:
    node = lineage(f"marts.observation.{column}", [HARMS, SHELTER])
    assert leaves(node)
    assert all(
        leaf.startswith(("the publisher's", "data/", "pipelines/sources/")) for leaf in leaves(node)
    )


def leaves(node: Node) -> list[str]:
    return [name for part in node.inputs for name in leaves(part)] or [node.name]
