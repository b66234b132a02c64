"""nebius_rows.py FILE [MESSAGES]: reads the pages that nebius_bench wrote, and takes of each instance what the catalog has:
with the messages of the vendor's Python package (PyPI: nebius 0.6), as its client does; and, where MESSAGES is a
directory, with those that protoc --python_out made there of providers/nebius/protos, which protobuf reads in C.
Prints the CPU time."""
import sys
import time


def pages(file):
    with open(file, "rb") as source:
        while line := source.readline():
            yield source.read(int(line))


def measure(what, rows_of, answers):
    began = time.process_time()
    rows = []
    for answer in answers:
        for one in rows_of(answer):
            interface = one.status.network_interfaces[0]
            rows.append((one.metadata.id, one.metadata.name, dict(one.metadata.labels), one.status.state,
                         one.spec.resources.platform, one.spec.resources.preset, interface.ip_address.address,
                         interface.public_ip_address.address, one.metadata.created_at,
                         one.spec.boot_disk.existing_disk.id))
    print(f"{what:28} {(time.process_time() - began) * 1000:8.2f} ms CPU, {len(rows)} rows", flush=True)


def main(file, messages=None):
    answers = list(pages(file))
    if messages:
        sys.path.insert(0, messages)
        from providers.nebius.protos import compute_pb2, listing_pb2
        measure("protobuf's Python", lambda answer: map(compute_pb2.Instance.FromString,
                                                        listing_pb2.Page.FromString(answer).items), answers)
    from nebius.api.nebius.compute.v1 import ListInstancesResponse
    measure("the vendor's package", lambda answer: ListInstancesResponse.FromString(answer).items, answers)


if __name__ == "__main__":
    main(*sys.argv[1:3])
