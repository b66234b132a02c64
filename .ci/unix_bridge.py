"""Lends a Unix socket a TCP port, for HTTP clients that speak TCP only: unix_bridge.py SOCKET PORT

Bytes pass unchanged, but for one thing: an event stream, which never ends, is ended once it falls silent.
"""

import asyncio
import sys

SILENCE_S = 0.3


async def copy_requests(source, target):
    while data := await source.read(65536):
        target.write(data)
        await target.drain()
    target.write_eof()


async def copy_answers(source, target):
    is_stream = False
    while True:
        try:
            data = await asyncio.wait_for(source.read(65536), SILENCE_S if is_stream else None)
        except asyncio.TimeoutError:
            target.write(b"0\r\n\r\n")  # the last chunk
            break
        if not data:
            break
        is_stream = is_stream or (data.startswith(b"HTTP/1.1 200") and b"text/event-stream" in data)
        target.write(data)
        await target.drain()
    target.close()


async def main(socket, port):
    async def serve(client_in, client_out):
        daemon_in, daemon_out = await asyncio.open_unix_connection(socket)
        requests = asyncio.create_task(copy_requests(client_in, daemon_out))
        try:
            await copy_answers(daemon_in, client_out)
        except ConnectionError:
            pass
        finally:
            requests.cancel()
            await asyncio.gather(requests, return_exceptions=True)
            daemon_out.close()

    server = await asyncio.start_server(serve, "127.0.0.1", port)
    async with server:
        await server.serve_forever()


asyncio.run(main(sys.argv[1], int(sys.argv[2])))
