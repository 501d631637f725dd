"""One file over HTTP: only if it changed, retried, resumed, checked, and put in place whole."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import httpx
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    stop_before_delay,
    wait_exponential_jitter,
)

from pipelines.transfer import Progress, Transfer
from pipelines.web import LATER, LONGEST_WAIT, Download, FetchError, PassingError, Validators

__all__ = ["ATTEMPTS", "Download", "FetchError", "Progress", "Validators", "download"]

ATTEMPTS = 5
_BACKOFF = wait_exponential_jitter(max=LONGEST_WAIT)


def download(
    client: httpx.Client,
    url: str,
    target: Path,
    *,
    max_bytes: int,
    media_types: tuple[str, ...] = (),
    known: Validators | None = None,
    deadline: float = 3600.0,
    wait: Callable[[float], None] = time.sleep,
    on_progress: Progress = lambda done, total: None,
) -> Download:
    """Fetch one file to `target`, which changes only when all of it came and passed.

    What came of a broken attempt stays in `<target>.part`, and `<target>.part.json` says of
    which version it is; the next attempt, or the next run, asks for the rest. Proxies are those
    of the environment (HTTPS_PROXY, NO_PROXY) as in any httpx client, for a network that has no
    other way out.

    Args:
        client: gives the time limits of connecting and of silence between bytes.
        url: address; only http and https, also after a redirect.
        target: file to write.
        max_bytes: a larger file is refused, by its declared and by its real size.
        media_types: content types that are accepted; empty accepts any.
        known: what the version that is already kept was sent with.
        deadline: seconds for all attempts together.
        wait: how to sleep between attempts.
        on_progress: told the bytes so far and in all, the latter None if unknown.

    Returns:
        The file, or a `path` of None if it did not change.

    Raises:
        FetchError: the publisher gave something else, or nothing after five attempts.
        OSError: the disk is full or not writable.
    """
    transfer = Transfer(
        client, url, target, known, media_types, max_bytes, time.monotonic() + deadline, on_progress
    )
    retrying = Retrying(
        retry=retry_if_exception_type(PassingError),
        stop=stop_after_attempt(ATTEMPTS) | stop_before_delay(deadline),
        wait=_pause,
        sleep=wait,
        reraise=True,
    )
    try:
        return retrying(transfer.attempt)
    except PassingError as error:
        got = f"{error.got}, at attempt {retrying.statistics['attempt_number']} of {ATTEMPTS}"
        raise FetchError(error.url, error.expected, got, LATER) from error


def _pause(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, PassingError) and error.after is not None:
        return error.after
    return _BACKOFF(state)
