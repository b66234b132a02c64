"""nebius_rows.py FILE: reads the pages that nebius_bench wrote with the messages of the vendor's Python package (PyPI: nebius),
as its client does, and takes of each instance what the catalog has. Prints the CPU time."""
import sys
import time

from nebius.api.nebius.compute.v1 import instance_service_pb2


def pages(file):
    with open(file, "rb") as source:
        while line := source.readline():
            yield source.read(int(line))


def main(file):
    answers = list(pages(file))
    for what in ("for the first time", "again"):
        began = time.process_time()
        rows = []
        for answer in answers:
            for one in instance_service_pb2.ListInstancesResponse.FromString(answer).items:
                interface = one.status.network_interfaces[0]
                rows.append((one.metadata.id, one.metadata.name, dict(one.metadata.labels), one.status.state,
                             one.spec.resources.platform, one.spec.resources.preset, interface.ip_address.address,
                             interface.public_ip_address.address, one.metadata.created_at.seconds,
                             one.spec.boot_disk.existing_disk.id))
        print(f"{what:28} {(time.process_time() - began) * 1000:8.2f} ms CPU, {len(rows)} rows")


if __name__ == "__main__":
    main(sys.argv[1])
