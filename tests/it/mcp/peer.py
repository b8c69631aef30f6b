"""A client of the Model Context Protocol, made of the package that its makers give out, 1.x or 2.x.

    python peer.py '{"server": [COMMAND, ARG…], "mode": "legacy", "steps": [["tool", NAME, {…}], …]}'

Does the steps in one session, and prints what came of each, as JSON lines. "url" and "token" in place of
"server" speak streamable HTTP.
"""

import json
import os
import sys
import time

import anyio

asked = json.loads(sys.argv[1])


def descendants():
    """Processes that this one started, and those that they did, with their names."""
    parents, names = {}, {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            stat = open(f"/proc/{pid}/stat").read()
        except OSError:
            continue
        name, rest = stat[stat.index("(") + 1 :].rsplit(")", 1)
        state, parent = rest.split()[:2]
        if state != "Z":
            parents[int(pid)], names[int(pid)] = int(parent), name
    root, found = asked.get("pid") or os.getpid(), {}
    for pid in parents:
        at = pid
        while at in parents and at != root:
            at = parents[at]
        if at == root and pid != root:
            found[pid] = names[pid]
    return found


def alive(pids):
    now = descendants()
    return [pid for pid in pids if pid in now or is_running(pid)]


def is_running(pid):
    try:
        return open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def reads(pid):
    """Whether it reads something: one that is asked for its version is gone at once."""
    try:
        return b"-i" in open(f"/proc/{pid}/cmdline", "rb").read().split(b"\0")
    except OSError:
        return False


async def working():
    """Waits until ffmpeg works."""
    for _ in range(3000):
        pids = [pid for pid, name in descendants().items() if name == "ffmpeg" and reads(pid)]
        if pids:
            return pids
        await anyio.sleep(0.01)
    raise SystemExit("no ffmpeg was ever started")


async def gone(pids):
    """Milliseconds until none of them is there any more."""
    start = time.monotonic()
    while alive(pids) or "ffmpeg" in descendants().values():
        if time.monotonic() - start > 20:
            raise SystemExit("ffmpeg outlived the call")
        await anyio.sleep(0.005)
    return round((time.monotonic() - start) * 1000)


def plain(result):
    return json.loads(result.model_dump_json(by_alias=True, exclude_none=True))


async def do(peer, step):
    kind, *rest = step
    if kind == "tools":
        return plain(await peer.client.list_tools())
    if kind == "tool":
        said = []

        async def hear(progress, total, message):
            said.append([progress, total, message])

        name, arguments = rest
        result = plain(await peer.client.call_tool(name, arguments, progress_callback=hear))
        return {"result": result, "progress": said}
    if kind == "resources":
        uris, cursor = [], None
        while True:
            page = plain(await peer.resources(cursor))
            uris += [resource["uri"] for resource in page["resources"]]
            cursor = page.get("nextCursor")
            if cursor is None:
                return uris
    if kind == "read":
        return plain(await peer.read(rest[0]))
    if kind == "cancel":
        # On a machine that has other work, not every try says something of the server.
        for tries in range(1, 4):
            took = await cancel(peer, *rest) | {"tries": tries}
            if took["ms"] < 500:
                break
        return took
    raise SystemExit(f"there is no step {kind}")


async def cancel(peer, name, arguments):
    """Calls a tool, cancels once ffmpeg runs, and tells how long what ran went on."""
    took = {}
    async with anyio.create_task_group() as group:

        async def work():
            await peer.client.call_tool(name, arguments)
            raise SystemExit("a cancelled call was answered")

        with anyio.CancelScope() as scope:

            async def watch():
                pids = await working()
                took["programs"] = len(pids)
                await peer.cancel(scope)
                took["ms"] = await gone(pids)
                scope.cancel()

            group.start_soon(watch)
            await work()
    # It ends before another begins.
    while plain(await peer.client.call_tool("status", {}))["structuredContent"]["state"] == "running":
        await anyio.sleep(0.01)
    return took


async def main():
    async with connected() as peer:
        print(json.dumps({"version": peer.version()}), flush=True)
        for step in asked["steps"]:
            print(json.dumps(await do(peer, step)), flush=True)


try:
    from mcp import Client

    IS_NEW = True
except ImportError:
    IS_NEW = False

if IS_NEW:
    from contextlib import asynccontextmanager

    from mcp import StdioServerParameters

    class Peer:
        def __init__(self, client):
            self.client = client

        def version(self):
            return self.client.protocol_version

        async def resources(self, cursor):
            return await self.client.list_resources(cursor=cursor)

        async def read(self, uri):
            return await self.client.read_resource(uri)

        async def cancel(self, scope):
            # Whoever gives up a call has it cancelled.
            scope.cancel()

    @asynccontextmanager
    async def connected():
        if "url" in asked:
            import httpx2
            from mcp.client.streamable_http import streamable_http_client

            headers = {"Authorization": f"Bearer {asked['token']}"}
            async with httpx2.AsyncClient(headers=headers, timeout=60) as http:
                server = streamable_http_client(asked["url"], http_client=http)
                async with Client(server, mode=asked["mode"]) as client:
                    yield Peer(client)
        else:
            command, *args = asked["server"]
            server = StdioServerParameters(command=command, args=args)
            async with Client(server, mode=asked["mode"]) as client:
                yield Peer(client)

else:
    from contextlib import asynccontextmanager

    from mcp import ClientSession, StdioServerParameters, types
    from mcp.client.stdio import stdio_client

    class Peer:
        def __init__(self, client, began):
            self.client, self.began = client, began

        def version(self):
            return self.began.protocolVersion

        async def resources(self, cursor):
            return await self.client.list_resources(cursor=cursor)

        async def read(self, uri):
            return await self.client.read_resource(uri)

        async def cancel(self, scope):
            # It leaves saying so to its user; the last request is the call.
            params = types.CancelledNotificationParams(requestId=self.client._request_id - 1)
            note = types.CancelledNotification(method="notifications/cancelled", params=params)
            await self.client.send_notification(types.ClientNotification(note))

    @asynccontextmanager
    async def connected():
        if "url" in asked:
            from mcp.client.streamable_http import streamablehttp_client

            headers = {"Authorization": f"Bearer {asked['token']}"}
            transport = streamablehttp_client(asked["url"], headers=headers)
        else:
            command, *args = asked["server"]
            transport = stdio_client(StdioServerParameters(command=command, args=args))
        async with transport as (read, write, *_):
            async with ClientSession(read, write) as client:
                yield Peer(client, await client.initialize())


anyio.run(main)
