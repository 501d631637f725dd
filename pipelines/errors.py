"""Errors that say what was expected, what came, where, and what to do."""

from __future__ import annotations


class PipelineError(Exception):
    """A step that cannot go on; the message is shown to the user as it is."""


LINES_PER_SHEET = 1_000_000_000


def place(line: int) -> str:
    """Name a line; those of a workbook's second sheet count on from 1,000,000,000, and so on."""
    sheet, row = divmod(line, LINES_PER_SHEET)
    return f"sheet {sheet + 1}, line {row}" if sheet else f"line {row}"


class SourceFileError(PipelineError):
    """A publisher's file that is not what its declaration says."""

    def __init__(
        self, file: str, expected: str, got: str, line: int | None = None, hint: str = ""
    ) -> None:
        where = f"{file}, {place(line)}" if line is not None else file
        advice = f" {hint}" if hint else ""
        super().__init__(f"{where}: expected {expected}; got {got}.{advice}")
        self.file = file
        self.line = line


class CheckError(PipelineError):
    """One or more SQL checks returned rows."""
