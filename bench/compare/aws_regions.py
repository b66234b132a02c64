"""What tallyd takes for one AWS account at its usual pace: `aws_regions.py [regions [seconds [machines]]]`, of 30 regions, two
minutes, 20 machines a region. The regions are a stub over TLS that answers with the recorded answers: 64 types with GPUs
among 1,400, their offerings and spot prices. Needs build/release/bin/tallyd and openssl."""

import collections
import json
import os
import re
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RECORDED = ROOT / "tests/providers/aws/recorded"
TICKS = os.sysconf("SC_CLK_TCK")
TYPES_OF_PAGE = 100


def read(name):
    return (RECORDED / name).read_text()


class Region:
    """The answers of one region, by action."""

    def __init__(self, name, number, machines):
        offered = re.findall(r"<instanceType>([^<]*)</instanceType>.*?<location>([^<]*)</location>", read("gpu-offerings.xml"), re.S)
        spot = "".join(f"<item><instanceType>{type_}</instanceType><productDescription>Linux/UNIX</productDescription>"
                       f"<spotPrice>1.234500</spotPrice><timestamp>2026-01-01T00:00:00Z</timestamp>"
                       f"<availabilityZone>{zone}</availabilityZone></item>" for type_, zone in offered)
        head, item, tail = re.search(r"^(.*<reservationSet>)(<item>.*</instancesSet></item>)(</reservationSet>.*)$",
                                     read("instances.xml"), re.S).groups()
        self.answers = {
            "DescribeAvailabilityZones": read("moto/DescribeAvailabilityZones.xml"),
            "DescribeInstanceTypeOfferings": read("gpu-offerings.xml"),
            "DescribeSpotPriceHistory": f"<DescribeSpotPriceHistoryResponse><spotPriceHistorySet>{spot}</spotPriceHistorySet>"
                                        "</DescribeSpotPriceHistoryResponse>",
            "DescribeInstances": head + "".join(
                item.replace("i-0aee8bc700b5f3b7c", f"i-{number:05x}{i:012x}") for i in range(machines)) + tail,
            "DescribeVolumes": read("moto/DescribeVolumes.xml"),
            "DescribeImages": read("moto/DescribeImages.xml"),
            "GetProducts": read("prices.json"),
            "GetServiceQuota": read("handmade/ServiceQuotas-GetServiceQuota.json"),
            "GetParameter": read("image-parameter.json"),
            "GetCallerIdentity": read("moto/STS-GetCallerIdentity.xml")}
        self.answers = {action: text.replace("us-east-1", name).encode() for action, text in self.answers.items()}


def pages_of_types():
    """Those with GPUs, and as many without as EC2 has."""
    with_gpus = read("gpu-types.xml")
    head, body, tail = re.search(r"^(.*<instanceTypeSet>)(.*)(</instanceTypeSet>.*)$", with_gpus, re.S).groups()
    plain = re.sub(r"<gpuInfo>.*?</gpuInfo>", "", re.match(r"\s*(<item>.*?)(?=\s*<item><autoRecovery|\s*<item><instanceType>|$)", body, re.S)[1], flags=re.S)
    pages = [head + plain * TYPES_OF_PAGE + tail for _ in range(13)] + [with_gpus]
    token = "</DescribeInstanceTypesResponse>"
    return [page.replace(token, f"<nextToken>page-{i + 1}</nextToken>{token}" if i + 1 < len(pages) else token).encode()
            for i, page in enumerate(pages)]


class Stub:
    def __init__(self, names, machines, certificate, key):
        self.asked = collections.Counter()
        self.lock = threading.Lock()
        regions = {name: Region(name, i, machines) for i, name in enumerate(names)}
        types = pages_of_types()
        listed = "".join(f"<item><regionName>{n}</regionName><optInStatus>opt-in-not-required</optInStatus></item>" for n in names)
        listed = f"<DescribeRegionsResponse><regionInfo>{listed}</regionInfo></DescribeRegionsResponse>".encode()
        stub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
                target = self.headers.get("X-Amz-Target", "")
                asked = {} if target else dict(urllib.parse.parse_qsl(body))
                action = target.split(".")[-1] or asked.get("Action", "")
                region = self.headers["Authorization"].split("/")[2]
                if action == "GetProducts":
                    region = next(f["Value"] for f in json.loads(body)["Filters"] if f["Field"] == "regionCode")
                with stub.lock:
                    stub.asked[action] += 1
                if action == "DescribeRegions":
                    answer = listed
                elif action == "DescribeInstanceTypes":
                    answer = types[int(asked.get("NextToken", "page-0").split("-")[1])]
                else:
                    answer = regions[region].answers[action]
                self.send_response(200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                """The daemon has ended."""

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        server = Server(("127.0.0.1", 0), Handler)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.port = server.server_address[1]


def cpu_seconds(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def megabytes(pid, name):
    return int(re.search(rf"{name}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())[1]) * 1024 / 1e6


def main():
    count, seconds, machines = (int(word) for word in (sys.argv[1:] + ["30", "120", "20"][len(sys.argv) - 1:]))
    names = [f"aa-north-{i + 1}" for i in range(count)]
    with tempfile.TemporaryDirectory() as directory:
        work = Path(directory)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-keyout", work / "tls.key",
                        "-out", work / "ca.pem", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
                       check=True, capture_output=True)
        stub = Stub(names, machines, work / "ca.pem", work / "tls.key")
        key = work / "key.json"
        key.write_text(json.dumps({"access_key_id": "AKIAIOSFODNN7EXAMPLE", "secret_access_key": "x" * 40}))
        key.chmod(0o600)
        config = work / "tallyd.toml"
        config.write_text(f"""state_dir = "{work}/state"
control_socket = "{work}/tallyd.sock"
[[credential]]
ref = "bench"
provider = "aws"
file = "{key}"
endpoint = "https://localhost:{stub.port}"
ca_file = "{work}/ca.pem"
[credential.ssh]
probe = false
""")
        daemon = subprocess.Popen([ROOT / "build/release/bin/tallyd", "--config", config], stderr=subprocess.DEVNULL)
        try:
            time.sleep(5)
            while stub.asked["GetProducts"] < 2 * count or stub.asked["DescribeInstances"] < 2 * count:
                time.sleep(1)
                if daemon.poll() is not None:
                    sys.exit("tallyd has ended")
            time.sleep(10)
            first = cpu_seconds(daemon.pid)
            print(f"the first pass of {count} region(s), {machines} machines each: {first:.1f} s of CPU, "
                  f"{sum(stub.asked.values())} requests; resident {megabytes(daemon.pid, 'VmRSS'):.0f} MB", flush=True)
            before = stub.asked.copy()
            time.sleep(seconds)
            used = cpu_seconds(daemon.pid) - first
            asked = stub.asked - before
            print(f"from then on: {used / seconds * 100:.1f} % of a processor, {sum(asked.values()) / seconds:.1f} requests a "
                  f"second ({used / max(sum(asked.values()), 1) * 1e3:.1f} ms of CPU each); resident "
                  f"{megabytes(daemon.pid, 'VmRSS'):.0f} MB, of which {megabytes(daemon.pid, 'RssFile'):.0f} MB are mapped files, "
                  f"at the most {megabytes(daemon.pid, 'VmHWM'):.0f} MB")
            print(", ".join(f"{action} {times}" for action, times in asked.most_common()))
        finally:
            daemon.terminate()
            daemon.wait()


if __name__ == "__main__":
    main()
