"""The example of docs/add-a-source.md works as it is printed."""

import hashlib
import re
from datetime import date
from pathlib import Path

import duckdb

from pipelines.declaration import load_source
from pipelines.recognise import recognise
from pipelines.shipment import stage_release

DOC = Path(__file__).parents[2] / "docs" / "add-a-source.md"


def printed(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", DOC.read_text("utf-8"), re.DOTALL)
    assert found
    return found[1]


def test_the_source_that_the_docs_add_is_staged(
    codes: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    lines = re.findall(r"^    (.+)$", DOC.read_text("utf-8"), re.MULTILINE)
    text = "\n".join(lines[: lines.index("2025-03,all,125") + 1]) + "\n"
    file = tmp_path / "helpline-calls.csv"
    file.write_text(text, encoding="utf-8")
    for folder, ending in (("sources", "toml"), ("staging", "sql")):
        (tmp_path / folder).mkdir()
        path = tmp_path / folder / f"city_helpline_calls.{ending}"
        path.write_text(printed(ending), encoding="utf-8")
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    declaration = tmp_path / "sources" / "city_helpline_calls.toml"
    declaration.write_text(declaration.read_text("utf-8").replace('"..."', f'"{sha256}"'), "utf-8")
    source = load_source(declaration)
    (release,) = source.releases

    (tmp_path / release.parts[0].file).parent.mkdir()
    file.rename(tmp_path / release.parts[0].file)
    stage_release(codes, source, release, tmp_path)

    found = codes.execute(
        "SELECT period_start, period_end, value, status, low, high, line "
        "FROM all_staged ORDER BY line"
    ).fetchall()
    assert found == [
        (date(2025, 1, 1), date(2025, 1, 31), 120, "reported", None, None, 2),
        (date(2025, 2, 1), date(2025, 2, 28), None, "suppressed", 0, 4, 3),
        (date(2025, 3, 1), date(2025, 3, 31), None, "not_available", None, None, 4),
    ]
    assert codes.execute("SELECT line, reason FROM all_rejected").fetchall() == [
        (5, "total of the rows above")
    ]
    assert recognise(tmp_path / release.parts[0].file, [source]).source == source


def test_the_docs_name_every_mart() -> None:
    text = (DOC.parent / "warehouse.md").read_text("utf-8")
    marts = {path.stem for path in (DOC.parents[1] / "pipelines" / "marts").glob("*.sql")}
    assert {name for name in marts if f"marts.{name}" not in text} == set()
