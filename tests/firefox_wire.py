"""Firefox as Debian ships it, as a program that Playwright drives.

Playwright speaks WebDriver BiDi with a stock Firefox, and when it opens a window it asks for a thing that Firefox ESR
does not know yet: to choose between light and dark for one window alone. Here that one command is answered with yes,
and all others pass as they are. Run as `python firefox_wire.py FIREFOX ARGUMENT ...`, it starts Firefox and prints its
own address in the place of Firefox's. It can go once Firefox ESR knows the command.
"""

from __future__ import annotations

import asyncio
import re
import sys

from aiohttp import ClientSession, ClientWebSocketResponse, WSMessage, WSMsgType, web

UNKNOWN = "emulation.setMediaFeaturesOverride"
_LISTENING = b"WebDriver BiDi listening on "
_LISTENS = re.compile(_LISTENING + rb"(ws://\S+)")


async def main() -> int:
    """Starts Firefox and passes on what is said, until it ends; its exit status."""
    firefox = await asyncio.create_subprocess_exec(*sys.argv[1:], stderr=asyncio.subprocess.PIPE)
    assert firefox.stderr is not None
    async with ClientSession() as session:
        async for line in firefox.stderr:
            found = _LISTENS.search(line)
            said = _LISTENING + await _listen(session, found[1].decode()) + b"\n" if found else line
            sys.stderr.buffer.write(said)
            sys.stderr.buffer.flush()
        return await firefox.wait()


async def _listen(session: ClientSession, address: str) -> bytes:
    """Listens on a port of its own for what is meant for `address`; where that is."""

    async def pass_on(request: web.Request) -> web.WebSocketResponse:
        asking = web.WebSocketResponse(max_msg_size=0)
        await asking.prepare(request)
        async with session.ws_connect(address + request.path, max_msg_size=0) as firefox:
            answers = asyncio.create_task(_answers(firefox, asking))
            async for message in asking:
                if message.type is WSMsgType.TEXT:
                    await _ask(message, firefox, asking)
            answers.cancel()
        return asking

    app = web.Application()
    app.router.add_get("/{path:.*}", pass_on)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    return f"ws://{host}:{port}".encode()


async def _ask(message: WSMessage, firefox: ClientWebSocketResponse, asking: web.WebSocketResponse) -> None:
    asked = message.json()
    if asked["method"] == UNKNOWN:
        await asking.send_json({"type": "success", "id": asked["id"], "result": {}})
    else:
        await firefox.send_str(message.data)


async def _answers(firefox: ClientWebSocketResponse, asking: web.WebSocketResponse) -> None:
    async for message in firefox:
        if message.type is WSMsgType.TEXT:
            await asking.send_str(message.data)
    await asking.close()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
