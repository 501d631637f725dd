"""Run `checks/<name>.sql` over the marts: each must return no row."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from pipelines.errors import PipelineError

CHECKS = Path(__file__).parent / "checks"


@dataclass(frozen=True)
class Failure:
    """A check that returned rows.

    Attributes:
        rule: name of the check's file.
        message: its first comment line.
        sources: ids of the sources that break it.
        count: rows it returned.
        sample: the first three, by column name.
    """

    rule: str
    message: str
    sources: list[str]
    count: int
    sample: list[dict[str, Any]]


def run_checks(con: duckdb.DuckDBPyConnection, folder: Path = CHECKS) -> list[Failure]:
    """Run every check, write `marts.check_result`, and return those that failed.

    `marts.check_result` has one row a rule and source that has figures; a rule that failed for
    a source has the number of rows that break it.
    """
    con.execute(
        """
        CREATE OR REPLACE TABLE marts.check_result
            (rule VARCHAR, source_id VARCHAR, message VARCHAR, message_fr VARCHAR,
             failures BIGINT, passed BOOLEAN)
        """
    )
    failures = []
    for path in sorted(folder.glob("*.sql")):
        sql = path.read_text(encoding="utf-8")
        message, message_fr = messages(sql)
        try:
            con.execute(f"CREATE OR REPLACE TEMP TABLE breach AS {sql}")
        except duckdb.Error as error:
            raise PipelineError(f"checks/{path.name} could not be run: {error}") from error
        con.execute(
            """
            INSERT INTO marts.check_result
            SELECT
                $rule, source.source_id, $message, $message_fr,
                count(breach.source_id) AS failures, failures = 0 AS passed
            FROM (
                -- A boundary has no figure to check.
                SELECT DISTINCT source_id FROM marts.observation
                UNION SELECT source_id FROM breach
            ) AS source
            LEFT JOIN breach USING (source_id)
            GROUP BY source.source_id
            """,
            {"rule": path.stem, "message": message, "message_fr": message_fr},
        )
        cursor = con.execute("SELECT * FROM breach ORDER BY ALL LIMIT 3")
        columns = [column[0] for column in cursor.description]
        sample = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
        sources, count = con.execute(
            "SELECT list(DISTINCT source_id ORDER BY source_id), count(*) FROM breach"
        ).fetchall()[0]
        if count:
            failures.append(Failure(path.stem, message, sources, count, sample))
    con.execute("DROP TABLE IF EXISTS breach")
    return failures


def messages(sql: str) -> tuple[str, str]:
    """Return a check's message in English and French: its first two comment lines."""
    english, french, *_ = sql.splitlines()
    return english.removeprefix("--").strip(), french.removeprefix("-- fr:").strip()


def report(failures: list[Failure]) -> str:
    """Say source, rule, count and three rows of each failed check."""
    lines = []
    for failure in failures:
        lines.append(
            f"{', '.join(failure.sources)}: {failure.rule}: {failure.message} "
            f"({failure.count:,} rows)"
        )
        for row in failure.sample:
            lines.append("  " + ", ".join(f"{name}={value}" for name, value in row.items()))
    return "\n".join(lines)
