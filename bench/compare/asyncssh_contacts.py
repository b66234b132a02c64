"""The work of ssh_bench by asyncssh: contacts up to a login, so many at a time.
Prints logins, seconds, CPU ms and peak KB above the start."""
import asyncio
import sys
import time

import asyncssh


def status_kb(field):
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(field + ":"))


async def contact(addresses, port, key):
    logged_in = 0
    for address in addresses:
        try:
            async with asyncssh.connect(address, port, username="ubuntu", client_keys=[key], known_hosts=None,
                                        config=None, agent_path=None, login_timeout=60):
                logged_in += 1
        except (OSError, asyncssh.Error):
            pass
    return logged_in


async def main():
    port, servers, contacts, in_flight = map(int, sys.argv[1:5])
    key = asyncssh.read_private_key(sys.argv[5])
    addresses = iter([f"127.10.0.{at % servers + 1}" for at in range(contacts)])
    before, cpu_before, begin = status_kb("VmRSS"), time.process_time(), time.monotonic()
    logged_in = sum(await asyncio.gather(*(contact(addresses, port, key) for _ in range(in_flight))))
    print(logged_in, time.monotonic() - begin, (time.process_time() - cpu_before) * 1e3, status_kb("VmHWM") - before)


asyncio.run(main())
