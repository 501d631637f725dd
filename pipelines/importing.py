"""Register publishers' files that a user brought to a closed network."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from pipelines.declaration import Source
from pipelines.download import Validators
from pipelines.errors import PipelineError
from pipelines.recognise import recognise
from pipelines.store import Kept, Store


def import_files(
    paths: list[Path],
    sources: list[Source],
    store: Store,
    source_id: str | None = None,
    published: str | None = None,
) -> tuple[str, Kept]:
    """Keep files as one release of the source that they belong to; they stay where they are.

    Args:
        paths: the parts of one release; most releases are one file.
        sources: declared sources.
        store: keeps the release.
        source_id: whose files they are, if their layout alone does not say.
        published: ISO date of publication; today if None.

    Returns:
        The source's id, and the release.

    Raises:
        PipelineError: an unknown source, an unknown layout, or files of different layouts.
        SourceFileError: a file is not what its declaration says.
    """
    if published is not None:
        _require_date(published)
    chosen = _named(sources, source_id) if source_id else sources
    match, *others = [recognise(path, chosen) for path in paths]
    if any(other != match for other in others):
        ids = ", ".join(sorted({each.source.source_id for each in (match, *others)}))
        raise PipelineError(f"expected files of one layout of one source; got files of {ids}.")
    kept = store.keep(
        match.source,
        paths,
        url="",
        validators=(Validators(),) * len(paths),
        fetched_at=datetime.now(UTC),
        layout=match.layout,
        published=published,
    )
    return match.source.source_id, kept


def _named(sources: list[Source], source_id: str) -> list[Source]:
    found = [source for source in sources if source.source_id == source_id]
    if not found:
        known = ", ".join(source.source_id for source in sources)
        raise PipelineError(f"expected a source among {known}; got {source_id!r}.")
    return found


def _require_date(text: str) -> None:
    try:
        datetime.strptime(text, "%Y-%m-%d")
    except ValueError as error:
        raise PipelineError(f"expected a date as 2026-03-25; got {text!r}.") from error
