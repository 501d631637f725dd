"""Time reruns of the overview over the real websocket, as a browser asks for them.

Starts the app on a free loopback port, opens one session, and times from the rerun message to
`script_finished`. Prints the median, the quartiles and the bytes of a rerun, cold and warm.
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
import time
import urllib.error
import urllib.request
from pathlib import Path

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

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


def start(port: int) -> subprocess.Popen[bytes]:
    """Start the app and wait until it answers."""
    server = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)],
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


async def measure(port: int, reruns: int) -> None:
    """Print the cold run, then each kind of warm rerun."""
    url = f"ws://127.0.0.1:{port}/_stcore/stream"
    async with websockets.connect(url, max_size=None, subprotocols=["streamlit"]) as socket_:  # type: ignore[list-item]
        seconds, size = await rerun(socket_, "")
        print(f"first run of the process: {seconds * 1e3:.0f} ms, {size / 1e3:.0f} kB")
        for query in QUERIES["another region each time, seen before"]:
            seconds, size = await rerun(socket_, query)
            print(f"first run of {query}: {seconds * 1e3:.0f} ms, {size / 1e3:.0f} kB")
        for name, queries in QUERIES.items():
            runs = [await rerun(socket_, queries[i % len(queries)]) for i in range(reruns)]
            times = sorted(seconds * 1e3 for seconds, _ in runs)
            low, middle, high = statistics.quantiles(times, n=4)
            print(
                f"{name}: median {middle:.1f} ms (quartiles {low:.1f} to {high:.1f}), "
                f"{statistics.median(size for _, size in runs) / 1e3:.0f} kB, {reruns} reruns"
            )


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reruns", type=int, default=60)
    options = parser.parse_args()
    port = free_port()
    server = start(port)
    try:
        asyncio.run(measure(port, options.reruns))
    finally:
        os.kill(server.pid, signal.SIGTERM)
        server.wait(timeout=10)


if __name__ == "__main__":
    main()
