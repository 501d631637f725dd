"""A file that is not what its declaration says is refused: which file, which line, what was due."""

import gzip
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.declaration import SOURCES, Part, Source, load_source, load_sources
from pipelines.errors import PipelineError, SourceFileError
from pipelines.rawfile import open_raw, require_checksum
from pipelines.snapshot import write_snapshot

ROOT = Path(__file__).parent.parent.parent
HARMS = "phac_substance_harms"
HARMS_FILE = "SubstanceHarmsData.csv"
HEADER = (
    b"Substance,Source,Specific_Measure,Region,PRUID,Time_Period,Year_Quarter,"
    b"Aggregator,Disaggregator,Unit,Value\n"
)
ROW = b"Opioids,Deaths,Overall numbers,%s,%s,By year,%s,,,Number,%s\n"
FIRST = ROW % (b"Canada", b"1", b"2023", b"8020")
SECOND = ROW % (b"British Columbia", b"59", b"2023", b"2590")
GOOD = HEADER + FIRST + SECOND

Declare = Callable[[str, bytes, int], tuple[Source, Path]]
StageFile = Callable[[Source, Path], None]


@dataclass(frozen=True)
class Bad:
    """Bytes that a source is given, and what its refusal must say."""

    name: str
    source_id: str
    content: bytes
    says: tuple[str, ...]
    line: int | None
    rows: int = 2

    def __str__(self) -> str:
        return self.name


def harms(name: str, content: bytes, *says: str, line: int | None) -> Bad:
    return Bad(name, HARMS, content, says, line)


def deaths(name: str, content: str, *says: str, line: int | None = None, rows: int = 1) -> Bad:
    return Bad(name, "toronto_shelter_resident_deaths", content.encode(), says, line, rows)


def crimes(name: str, rows: str, *says: str, line: int | None) -> Bad:
    header = "X_id,REPORT_YEAR,DIVISION,CATEGORY,SUBTYPE,COUNT_,COUNT_CLEARED\n"
    return Bad(name, "tps_reported_crimes", (header + rows).encode(), says, line, rows.count("\n"))


def flow(name: str, month: str, share: str, *says: str, line: int | None) -> Bad:
    header = ",".join(f'"{column}"' for column in FLOW_COLUMNS)
    cells = {
        "date(mmm-yy)": month,
        "population_group": "Chronic",
        "population_group_percentage": share,
    }
    row = ",".join(cells.get(column, "1") for column in FLOW_COLUMNS)
    return Bad(name, FLOW, f"{header}\n{row}\n".encode(), says, line, 1)


def hoods(name: str, cells: dict[str, str], *says: str, line: int | None) -> Bad:
    columns = load_source(SOURCES / "tps_neighbourhood_crime.toml").layouts[""].columns
    row = ",".join({"HOOD_ID": "1", **cells}.get(column, "") for column in columns)
    content = f"{','.join(columns)}\n{row}\n".encode()
    return Bad(name, "tps_neighbourhood_crime", content, says, line, 1)


def violations(name: str, content: bytes, *says: str, line: int | None) -> Bad:
    return Bad(name, "statcan_ucr_violations", content, says, line)


def provinces(name: str, collection: object, *says: str, line: int | None = None) -> Bad:
    content = collection if isinstance(collection, bytes) else json.dumps(collection).encode()
    return Bad(name, "phac_provinces_territories", content, says, line, 1)


def feature(properties: dict[str, str], east: float = -110.0) -> dict[str, Any]:
    square = [[[east, 49], [east, 60], [east - 9, 60], [east, 49]]]
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": "Polygon", "coordinates": square},
    }


def collection(*features: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", **members, "features": list(features)}


FLOW = "toronto_shelter_system_flow"
FLOW_COLUMNS = load_source(SOURCES / f"{FLOW}.toml").layouts[""].columns
ALBERTA = {
    "region": "AB",
    "pruid": "48",
    "name_canonical": "Alberta",
    "name_canonical_fr": "Alberta",
}
LAMBERT = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3347"}}
DEATH = (
    '{"_id": 1, "Year": 2020, "Month": "Jan", "Total decedents": 3, "Male": 2, "Female": 1, '
    '"Transgender/Non-binary/Two-Spirit": 0}'
)
UCR = b"REF_DATE,GEO,Violations,Statistics,VALUE\n" + (
    b'2019,Quebec [24],"Possession, cocaine [4120]",Percent unfounded,1\n'
    b'2018,Quebec [24],"Possession, cocaine [4120]",Percent unfounded,2\n'
)

BAD = [
    harms(
        "missing column",
        GOOD.replace(b",Value\n", b"\n").replace(b",8020", b"").replace(b",2590", b""),
        "columns 'Value'",
        line=1,
    ),
    harms("renamed column", GOOD.replace(b"PRUID", b"PR_ID"), "'PRUID'", "'PR_ID'", line=1),
    harms("a column twice", GOOD.replace(b"PRUID", b"Region"), "'PRUID'", line=1),
    harms("header cell of 1 MB", b"x" * 1_000_000 + b"," + GOOD, "column names", line=1),
    harms(
        "unknown suppression marker",
        GOOD.replace(b"2590", b"<5"),
        "Value as a number",
        "'Suppr.' or 'n/a'",
        "'<5'",
        line=3,
    ),
    harms("empty value", GOOD.replace(b"2590", b""), "Value as a number", "got ''", line=3),
    harms(
        "unknown region",
        GOOD.replace(b"British Columbia", b"Atlantis"),
        "region_id",
        "Region='Atlantis'",
        "data/codes",
        line=3,
    ),
    harms(
        "unknown measure",
        GOOD.replace(b"Opioids,Deaths", b"Alcohol,Deaths"),
        "a row that has a measure_id",
        "Substance='Alcohol'",
        line=2,
    ),
    harms("unknown unit", GOOD.replace(b"Number,8", b"Dozens,8"), "a row that has a unit", line=2),
    harms(
        "unknown breakdown",
        GOOD.replace(b"Overall numbers,C", b"Occupation,C"),
        "a row that has a dimension",
        line=2,
    ),
    harms("unknown period", GOOD.replace(b"year,2023", b"year,2023/24"), "period_start", line=2),
    harms(
        "unknown month",
        GOOD.replace(b"year,2023", b"year,2023 (Jan to Sxp)", 1),
        "a row that has a period_end",
        line=2,
    ),
    harms("cut in mid row", GOOD[:-30], "11 columns", "cut short", line=3),
    harms("cut at a line end", HEADER + FIRST, "2 records", "got 1.", "cut short", line=None),
    harms("header only", HEADER, "2 records", "got 0.", line=None),
    harms("empty file", b"", "records", "an empty file", line=None),
    harms("blank file", b" \n\n", "an empty file", line=None),
    harms(
        "a row too many", GOOD + ROW % (b"Ontario", b"35", b"2023", b"1"), "2 records", line=None
    ),
    harms(
        "thousands separator, quoted",
        GOOD.replace(b"8020", b'"8,020"'),
        "Value as a number without separators",
        "'8,020'",
        line=2,
    ),
    harms("thousands separator, bare", GOOD.replace(b"8020", b"8,020"), "11 columns", line=2),
    harms(
        "thousands separator in a typed column",
        GOOD.replace(b",59,", b',"5,900",'),
        "PRUID as INTEGER, digits without separators",
        "5,900",
        line=3,
    ),
    harms(
        "fraction in a whole-number column",
        GOOD.replace(b",59,", b",59.5,"),
        "PRUID as a whole number",
        "59.5",
        line=3,
    ),
    harms("too large a number", GOOD.replace(b",59,", b",99999999999,"), "PRUID", line=3),
    harms("latin-1", GOOD.replace(b"British", b"Qu\xe9bec"), "UTF-8", "byte 0xE9", line=3),
    harms("UTF-16", GOOD.decode().encode("utf-16"), "UTF-8", "byte 0xFF", line=1),
    harms("the same figure twice", HEADER + FIRST * 2, "one row for each", "lines 2, 3", line=2),
    harms(
        "quote without an end",
        GOOD.replace(b"British Columbia", b'"British Columbia'),
        "11 columns",
        "unterminated quote",
        line=3,
    ),
    harms("mixed line ends", GOOD.replace(b"\n", b"\r\n", 1) + b"\r\n", "readable csv", line=None),
    crimes(
        "empty count",
        "1,2014,D11,Crimes Against Property,Fraud,22,9\n"
        "2,2014,D11,Crimes Against Property,Fraud,,1\n",
        "a row that has a value",
        "REPORT_YEAR=2014",
        line=3,
    ),
    crimes(
        "count with a fraction",
        "1,2014,D11,Crimes Against Property,Fraud,22.5,9\n",
        "COUNT_ as a whole number",
        "22.5",
        line=2,
    ),
    crimes(
        "unknown division",
        "1,2014,D11,Crimes Against Property,Fraud,22,9\n"
        "2,2014,D99,Crimes Against Property,Fraud,1,1\n",
        "a row that has a region_id",
        "DIVISION='D99'",
        line=3,
    ),
    crimes(
        "unknown category",
        "1,2014,D11,Crimes Against Property,Fraud,22,9\n2,2014,D11,Piracy,Fraud,1,1\n",
        "a row that has a member",
        "CATEGORY='Piracy'",
        line=3,
    ),
    flow("unknown month of a flow", "Foo-18", "5.0%", "a row that has a period_start", line=2),
    flow("unknown share", "Jan-18", "about 5%", "can read", "about 5", line=None),
    hoods(
        "count without its rate",
        {"ASSAULT_2014": "5"},
        "a row that has a status",
        "ASSAULT_2014=5",
        line=2,
    ),
    hoods("rate without its count", {"ROBBERY_RATE_2014": "5.1"}, "has a status", line=2),
    hoods(
        "not a number among the rates",
        {"ASSAULT_2014": "5", "ASSAULT_RATE_2014": "nan"},
        "a row that has a value",
        line=2,
    ),
    hoods("unknown neighbourhood", {"HOOD_ID": "999"}, "region_id", "HOOD_ID=999", line=2),
    violations("gzip that is none", UCR, "a whole gzip file", line=None),
    violations("gzip cut short", gzip.compress(UCR)[:-9], "a whole gzip file", line=None),
    violations(
        "gzip with other bytes in it",
        gzip.compress(UCR)[:10] + b"\xff\xff\xff\xff" + gzip.compress(UCR)[14:],
        "a whole gzip file",
        line=None,
    ),
    violations("gzip of nothing", gzip.compress(b""), "an empty file", line=None),
    violations(
        "unknown violation",
        gzip.compress(UCR.replace(b"[4120]", b"[9999]", 1)),
        "a row that has a measure_id",
        "[9999]",
        line=2,
    ),
    violations(
        "unknown area",
        gzip.compress(UCR.replace(b"[24]", b"[2]", 1)),
        "a row that has a region_id",
        "Quebec [2]",
        line=2,
    ),
    deaths("JSON cut short", f"[\n{DEATH},\n{DEATH[:40]}", "whole JSON", "cut short", line=3),
    deaths("JSON nested without end", "[" * 100_000, "a list of records", "nested too deep"),
    deaths("JSON that is no list", DEATH, "a list of records", line=1),
    deaths("JSON without a key", f"[{DEATH.replace('Male', 'Men')}]", "record 1 with", "'Male'"),
    deaths(
        "JSON with text for a count",
        "[" + DEATH.replace(": 3", ': "3"') + "]",
        "record 1: Total decedents as a whole number",
        "'3'",
    ),
    deaths("JSON with a fraction", f"[{DEATH.replace(': 3', ': 3.5')}]", "whole number", "3.5"),
    deaths("JSON with too large a count", f"[{DEATH.replace(': 3', ': 3000000000')}]", "json"),
    deaths(
        "JSON with an unknown marker",
        "[" + DEATH.replace(": 0}", ': "<5"}') + "]",
        "Two-Spirit as a number without separators, or 'n/a'",
        "'<5'",
        line=1,
    ),
    deaths(
        "JSON with an unknown month",
        f"[{DEATH.replace('Jan', 'Smarch')}]",
        "a row that has a period_start",
        "Month='Smarch'",
        line=1,
    ),
    deaths("JSON list cut short", f"[{DEATH}]", "2 records", "got 1.", rows=2),
    provinces("boundaries that are no JSON", b'{"type": "FeatureColl', "whole JSON", line=1),
    provinces("boundaries without features", collection(), "a collection of features"),
    provinces(
        "boundaries in another projection",
        collection(feature(ALBERTA), crs=LAMBERT),
        "longitude and latitude",
        "EPSG:3347",
    ),
    provinces(
        "boundaries in metres that name no projection",
        collection(feature(ALBERTA, east=4_974_985.1)),
        "longitude and latitude",
        "4.97498e+06",
    ),
    provinces(
        "boundaries without the id property",
        collection(feature({"region": "AB", "name_canonical": "Alberta"})),
        "properties 'pruid'",
    ),
    provinces(
        "boundary without a geometry",
        collection(feature(ALBERTA), {**feature(ALBERTA), "geometry": None}),
        "feature 2 with a geometry",
    ),
]


@pytest.mark.parametrize("bad", BAD, ids=str)
def test_a_bad_file_is_refused(bad: Bad, declared: Declare, stage_file: StageFile) -> None:
    source, path = declared(bad.source_id, bad.content, bad.rows)
    with pytest.raises(SourceFileError) as refusal:
        stage_file(source, path)
    message = str(refusal.value)
    where = path.name if bad.line is None else f"{path.name}, line {bad.line}"
    for text in (f"{where}: expected ", *bad.says):
        assert text in message
    assert (refusal.value.file, refusal.value.line) == (path.name, bad.line)
    assert len(message) < 1_500


def test_a_file_that_is_not_there_is_named(declared: Declare, stage_file: StageFile) -> None:
    source, path = declared(HARMS, GOOD, 2)
    path.unlink()
    with pytest.raises(
        SourceFileError, match=rf"{re.escape(str(path))}: expected a file; got noth"
    ):
        stage_file(source, path)


def test_a_file_cut_in_its_last_cell_is_refused(declared: Declare, stage_file: StageFile) -> None:
    source, path = declared(HARMS, GOOD, 2)
    path.write_bytes(GOOD[:-3])
    with pytest.raises(
        SourceFileError, match=rf"{path.name}: expected sha256 \w+\.\.\. as declared"
    ):
        stage_file(source, path)


def test_a_file_of_other_bytes_than_declared_is_refused(tmp_path: Path) -> None:
    path = tmp_path / HARMS_FILE
    path.write_bytes(GOOD)
    part = Part(path.name, 2, "8656a207" * 8)
    with pytest.raises(
        SourceFileError, match=r"SubstanceHarmsData\.csv: expected sha256 8656a2078"
    ):
        require_checksum(part, path)


HOSTILE = [
    pytest.param("'); DROP TABLE markers; --", id="SQL"),
    pytest.param("$path", id="a parameter's name"),
    pytest.param("=cmd|' /C calc'!A0", id="a spreadsheet formula"),
    pytest.param("x" * 1_000_000, id="1 MB"),
    pytest.param("nul\x00byte", id="a NUL byte"),
]


@pytest.mark.parametrize("cell", HOSTILE)
def test_a_hostile_cell_of_a_key_is_refused_and_never_run(
    cell: str, declared: Declare, stage_file: StageFile, codes: duckdb.DuckDBPyConnection
) -> None:
    hostile = GOOD.replace(b"British Columbia", f'"{cell}"'.encode())
    with pytest.raises(SourceFileError) as refusal:
        stage_file(*declared(HARMS, hostile, 2))
    assert refusal.value.line == 3
    assert len(str(refusal.value)) < 1_500
    # It is still text, whole, in its row, and the tables beside it are there.
    assert codes.execute("SELECT Region FROM raw WHERE line = 3").fetchall() == [(cell,)]
    assert codes.execute("SELECT marker FROM markers").fetchall() == [("Suppr.",), ("n/a",)]


@pytest.mark.parametrize("cell", HOSTILE)
def test_a_hostile_cell_of_a_figure_is_refused(
    cell: str, declared: Declare, stage_file: StageFile
) -> None:
    hostile = GOOD.replace(b"2590", f'"{cell}"'.encode())
    with pytest.raises(SourceFileError, match=r"line 3: expected Value as a number") as refusal:
        stage_file(*declared(HARMS, hostile, 2))
    assert len(str(refusal.value)) < 1_500


def test_a_hostile_cell_that_no_figure_uses_stays_data(
    declared: Declare, codes: duckdb.DuckDBPyConnection
) -> None:
    hostile = GOOD.replace(b"By year", b'"\'); DROP SCHEMA codes CASCADE; --"')
    source, path = declared(HARMS, hostile, 2)
    open_raw(codes, source.layouts[""], path)
    assert codes.execute("SELECT DISTINCT Time_Period FROM raw").fetchall() == [
        ("'); DROP SCHEMA codes CASCADE; --",)
    ]
    assert codes.execute("SELECT count(*) > 300 FROM codes.regions").fetchall() == [(True,)]


def test_a_line_over_two_megabytes_is_refused(declared: Declare, stage_file: StageFile) -> None:
    huge = GOOD.replace(b"British Columbia", b"x" * 3_000_000)
    with pytest.raises(SourceFileError, match=r"line \d: expected 11 columns") as refusal:
        stage_file(*declared(HARMS, huge, 2))
    assert len(str(refusal.value)) < 1_500


@pytest.mark.parametrize(
    ("declaration", "says"),
    [
        ('format = "csv"\n', "missing publisher, title"),
        (
            (SOURCES / f"{HARMS}.toml")
            .read_text("utf-8")
            .replace('custody = "publisher"', 'custody = "borrowed"'),
            "custody is one of publisher, resaved, compiled, transcribed, cleaned; got 'borrowed'",
        ),
        (
            (SOURCES / f"{HARMS}.toml").read_text("utf-8").replace('"2025-12"', '"late 2025"'),
            "release id 'late 2025' is not YYYY-MM",
        ),
    ],
    ids=["missing keys", "unknown custody", "release id"],
)
def test_a_bad_declaration_is_refused(tmp_path: Path, declaration: str, says: str) -> None:
    path = tmp_path / "made_up.toml"
    path.write_text(declaration, encoding="utf-8")
    with pytest.raises(PipelineError, match=re.escape(f"made_up.toml: {says}")):
        load_source(path)


def _bytes(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize(
    ("boundaries", "says"),
    [
        (
            collection(feature(ALBERTA), feature({**ALBERTA, "pruid": "99"})),
            "line 2: expected a kn",
        ),
        (collection(feature(ALBERTA)), "expected 2 records"),
    ],
    ids=["unknown region", "a feature too few"],
)
def test_nothing_is_written_when_a_later_file_is_bad(
    boundaries: dict[str, Any],
    says: str,
    tmp_path: Path,
    declared: Declare,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    harms_source, path = declared(HARMS, GOOD, 2)
    boundary_source, _ = declared("phac_provinces_territories", json.dumps(boundaries).encode(), 2)
    out = tmp_path / "out"
    snapshot, areas = out / "snapshot", out / "areas"

    monkeypatch.setattr("pipelines.snapshot.load_sources", lambda: [harms_source])
    first = write_snapshot(path.parent, snapshot, areas)
    assert first == [snapshot / HARMS / f"2030-01.{kind}" for kind in ("parquet", "json")]
    before = _bytes(out)

    path.write_bytes(GOOD.replace(b"2590", b"2591"))
    other = declared(HARMS, path.read_bytes(), 2)[0]
    monkeypatch.setattr("pipelines.snapshot.load_sources", lambda: [other, boundary_source])
    with pytest.raises(SourceFileError, match=says):
        write_snapshot(path.parent, snapshot, areas)
    assert _bytes(out) == before
    assert {path.name for path in out.iterdir()} <= {"snapshot", "areas"}


def test_a_bad_raw_file_leaves_snapshot_layers_and_warehouse_as_they_were(
    tmp_path: Path, raw_root: Path
) -> None:
    bad = load_source(SOURCES / f"{FLOW}.toml").releases[-1].parts[0].file
    raw = tmp_path / "raw"
    for source in load_sources():
        for file in (part.file for release in source.releases for part in release.parts):
            (raw / file).parent.mkdir(parents=True, exist_ok=True)
            if not (raw / file).is_symlink():
                (raw / file).symlink_to(raw_root / file)
    (raw / bad).unlink()
    lines = (raw_root / bad).read_bytes().splitlines(keepends=True)
    lines[99] = lines[99].replace(b",", b",many,", 1)
    (raw / bad).write_bytes(b"".join(lines))
    out = tmp_path / "out"
    shutil.copytree(ROOT / "data" / "snapshot", out / "snapshot")
    (out / "areas").mkdir()
    (out / "areas" / "provinces.geojson").write_text("the old layer")
    (out / "snapshot" / HARMS / "2026-03.parquet").write_bytes(b"the old figures")
    (out / "warehouse.duckdb").write_bytes(b"the old warehouse")
    before = _bytes(out)

    command = [sys.executable, "-m", "pipelines", "snapshot", "--raw", str(raw)]
    targets = ["--snapshot", str(out / "snapshot"), "--areas", str(out / "areas")]
    done = subprocess.run(
        [*command, *targets], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 1
    assert f"{Path(bad).name}, line 100: expected 20 columns" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    assert _bytes(out) == before
