"""A line to the broker that can go dead without a word, as when a machine vanishes."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from dataclasses import dataclass

CHUNK = 65_536


@dataclass(eq=False)
class _Line:
    """One connection; a dead one swallows what comes and says nothing, not even good-bye."""

    dead: bool


class Proxy:
    """Passes bytes between the programs and the broker's port, in a thread of its own."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._silent = False
        self._lines: set[_Line] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        started = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self._meet, "127.0.0.1", 0), self._loop
        )
        self._server = started.result(10)
        self.port = int(self._server.sockets[0].getsockname()[1])

    def go_dead(self) -> None:
        """All lines there are stay open and dead for ever; new ones die until `heal`."""
        self._silent = True
        for line in list(self._lines):
            line.dead = True

    def heal(self) -> None:
        """Let new lines work."""
        self._silent = False

    def close(self) -> None:
        """Hang up on everybody."""
        asyncio.run_coroutine_threadsafe(self._shut(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _shut(self) -> None:
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = _Line(dead=self._silent)
        self._lines.add(line)
        far_writer = None
        try:
            if line.dead:
                await self._pass_on(line, reader, None)
                return
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
            back = asyncio.create_task(self._back(line, far_reader, writer))
            await self._pass_on(line, reader, far_writer)
            back.cancel()
        except (OSError, asyncio.CancelledError):
            pass  # the broker is away, or `close` was called
        finally:
            self._lines.discard(line)
            for end in (writer, far_writer):
                if end is not None:
                    end.close()

    async def _back(
        self, line: _Line, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        with suppress(OSError):
            await self._pass_on(line, reader, writer)
        if not line.dead:
            writer.close()

    async def _pass_on(
        self, line: _Line, reader: asyncio.StreamReader, writer: asyncio.StreamWriter | None
    ) -> None:
        while data := await reader.read(CHUNK):
            if line.dead or writer is None:
                continue
            writer.write(data)
            await writer.drain()
