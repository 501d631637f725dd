"""Time reruns of the overview over the real websocket, as a browser asks for them.

Starts the app on a free loopback port, opens one session, and times from the rerun message to
`script_finished`. Prints the median, the quartiles and the bytes of a rerun, cold and warm, and the
median's ratio to a page that only says hello, timed in the same run.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TypeVar

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

T = TypeVar("T")
ROOT = Path(__file__).parent.parent
QUERIES = {
    "same filters": ["region=CA-ON"],
    "another region each time, seen before": ["region=CA-BC", "region=CA-AB", "region=CA-ON"],
}


def free_port() -> int:
    """Return a loopback port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(script: Path, port: int) -> subprocess.Popen[bytes]:
    """Start a script and wait until it answers."""
    server = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    for _ in range(200):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health").close()
            return server
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    raise RuntimeError("the app did not answer within 20 s")


async def rerun(socket_: websockets.ClientConnection, query: str) -> tuple[float, int]:
    """Ask for one run; return seconds and bytes until the script has finished."""
    message = BackMsg()
    message.rerun_script.query_string = query
    connection = socket_.transport.get_extra_info("socket")
    begun, received = time.perf_counter(), 0
    await socket_.send(message.SerializeToString())
    while True:
        # Acknowledge at once: this client's delayed acknowledgement would add up to 40 ms.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        data = await socket_.recv()
        received += len(data)
        answer = ForwardMsg()
        answer.ParseFromString(data if isinstance(data, bytes) else data.encode())
        if answer.WhichOneof("type") == "script_finished":
            return time.perf_counter() - begun, received


async def time_overview(port: int, reruns: int) -> list[float]:
    """Print the cold run, then each kind of warm rerun; return the warm medians in ms."""
    medians = []
    async with connect(port) as socket_:
        seconds, size = await rerun(socket_, "")
        print(f"first run of the process: {seconds * 1e3:.0f} ms, {size / 1e3:.0f} kB")
        for query in QUERIES["another region each time, seen before"]:
            seconds, size = await rerun(socket_, query)
            print(f"first run of {query}: {seconds * 1e3:.0f} ms, {size / 1e3:.0f} kB")
        for name, queries in QUERIES.items():
            runs = [await rerun(socket_, queries[i % len(queries)]) for i in range(reruns)]
            medians.append(report(name, runs))
    return medians


async def time_hello(port: int, reruns: int) -> float:
    """Print the rerun of a page that only says hello; return its median in ms."""
    async with connect(port) as socket_:
        await rerun(socket_, "")
        return report("hello", [await rerun(socket_, "") for _ in range(reruns)])


def connect(port: int) -> websockets.connect:
    """Open a session."""
    url = f"ws://127.0.0.1:{port}/_stcore/stream"
    return websockets.connect(
        url, max_size=None, subprotocols=[websockets.Subprotocol("streamlit")]
    )


def report(name: str, runs: list[tuple[float, int]]) -> float:
    """Print median, quartiles and size of reruns; return the median in ms."""
    low, middle, high = statistics.quantiles((seconds * 1e3 for seconds, _ in runs), n=4)
    size = statistics.median(size for _, size in runs) / 1e3
    print(
        f"{name}: median {middle:.1f} ms (quartiles {low:.1f} to {high:.1f}), "
        f"{size:.0f} kB, {len(runs)} reruns"
    )
    return middle


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reruns", type=int, default=60)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        hello = Path(folder) / "hello.py"
        hello.write_text("import streamlit as st\n\nst.write('hello')\n", encoding="utf-8")
        base = serve(hello, time_hello, options.reruns)
    warm = serve(ROOT / "app.py", time_overview, options.reruns)
    print("ratio to hello: " + ", ".join(f"{median / base:.1f}" for median in warm))


def serve(script: Path, measure: Callable[[int, int], Coroutine[None, None, T]], reruns: int) -> T:
    """Start a script, measure it, and end the server by its id."""
    port = free_port()
    server = start(script, port)
    try:
        return asyncio.run(measure(port, reruns))
    finally:
        os.kill(server.pid, signal.SIGTERM)
        server.wait(timeout=10)


if __name__ == "__main__":
    main()
