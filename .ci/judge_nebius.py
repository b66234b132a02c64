"""The daemon against a fake Nebius: rows, faults and lifecycle. See judge-nebius."""
import base64
import http.client
import json
import os
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

BIN = Path(os.environ.get("TALLY_BIN", Path(__file__).resolve().parents[1] / "build/release/bin"))
FAILURES = []
KIND = b"ssh-ed25519"
KEY = "ssh-ed25519 " + base64.b64encode(struct.pack(">I", len(KIND)) + KIND + struct.pack(">I", 32) + bytes(range(32))).decode()
H100 = "gpu-h100-sxm.1gpu-16vcpu-200gb"
# A create that finds no stock holds its type for a while: each case that fails has a type of its own.
SOLD_OUT = {"type": "gpu-l40s-d.1gpu-16vcpu-96gb"}
NO_QUOTA = {"type": "gpu-h200-sxm.1gpu-16vcpu-200gb", "location": "eu-west1"}
LITTLE_QUOTA = {"type": "gpu-h200-sxm.1gpu-16vcpu-200gb"}
CLOSED = "project-e00fakeclosed00a1"


def check(holds, what):
    print(("ok    " if holds else "WRONG ") + what, flush=True)
    if not holds:
        FAILURES.append(what)


def until(condition, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.2)
    return False


class Proxy:
    """Passes bytes on; cut() closes every connection in its middle."""

    def __init__(self, port):
        self.target, self.pairs, self.lock = port, [], threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            client, _ = self.listener.accept()
            try:
                server = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                client.close()
                continue
            with self.lock:
                self.pairs.append((client, server))
            for source, sink in ((client, server), (server, client)):
                threading.Thread(target=self.pump, args=(source, sink), daemon=True).start()

    @staticmethod
    def pump(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def cut(self):
        with self.lock:
            pairs, self.pairs = self.pairs, []
        for pair in pairs:
            for end in pair:
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
        return len(pairs)


class Fake:
    """The cloud, and what is to go wrong there."""

    def __init__(self, directory, python, program, scenario=None):
        self.out, self.generation = directory / "fake", 0
        self.out.mkdir()
        self.control, self.state = self.out / "control.json", self.out / "state.json"
        self.control.write_text("{}")
        self.log = self.out / "calls.jsonl"
        command = [python, program, "--port", "0", "--out", self.out, "--control", self.control, "--state", self.state,
                   "--seed", "1", "--log", self.log]
        if scenario:
            (self.out / "scenario.json").write_text(json.dumps(scenario))
            command += ["--scenario", self.out / "scenario.json"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        self.port = int(line.split()[1].rsplit(":", 1)[1])
        (self.out / "credential-main.json").chmod(0o600)

    def have(self, rules=(), **more):
        self.generation += 1
        document = {"generation": self.generation, "rules": list(rules), **more}
        self.control.with_suffix(".new").write_text(json.dumps(document))
        self.control.with_suffix(".new").rename(self.control)

    def cloud(self):
        for _ in range(50):
            try:
                return json.loads(self.state.read_text())
            except (ValueError, FileNotFoundError):
                time.sleep(0.05)
        return {}

    def calls(self, method):
        return sum(1 for line in self.log.read_text().splitlines() if method in line) if self.log.exists() else 0

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Daemon:
    def __init__(self, directory, fake, port, options="", credential=None):
        self.directory = directory
        self.state = directory / "state"
        self.state.mkdir(exist_ok=True)
        self.config = directory / "tallyd.toml"
        self.config.write_text(f"""state_dir = "{self.state}"
control_socket = "{directory}/tallyd.sock"
[lifecycle]
conclude_after = "5s"
[[credential]]
ref = "judged"
provider = "nebius"
file = "{credential or fake.out / 'credential-main.json'}"
endpoint = "https://localhost:{port}"
ca_file = "{fake.out}/ca.pem"
instance_type_interval = "3s"
instance_interval = "1s"
[credential.ssh]
probe = false
{options}
""")
        self.start()

    def start(self):
        self.log = open(self.directory / "tallyd.log", "ab")
        self.process = subprocess.Popen([BIN / "tallyd", "--config", self.config], stdout=self.log, stderr=self.log)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        code = self.process.wait(20)
        return code, time.monotonic() - began

    def rows(self, query, *values):
        try:
            connection = sqlite3.connect(f"file:{self.state}/catalog.db?mode=ro", uri=True, timeout=5)
            connection.row_factory = sqlite3.Row
            with connection:
                return [dict(row) for row in connection.execute(query, values)]
        except sqlite3.OperationalError:
            return []

    def one(self, query, *values):
        rows = self.rows(query, *values)
        return next(iter(rows[0].values())) if rows else None

    def ask(self, method, path, body=None, seconds=60):
        connection = http.client.HTTPConnection("localhost", timeout=seconds)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.settimeout(seconds)
        connection.sock.connect(str(self.directory / "tallyd.sock"))
        headers = {"Content-Type": "application/json"} if body is not None else {}
        connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read() or b"{}")

    def follow(self, answer, seconds=150):
        """The document of an operation once it has an outcome."""
        status, document = answer
        name = (document.get("operation") or {}).get("id") or document.get("operation_id")
        end = time.monotonic() + seconds
        while name and time.monotonic() < end:
            operation = self.rows("SELECT * FROM operations WHERE id = ?", name)
            if operation and operation[0]["state"] not in ("started", "unknown"):
                return operation[0]
            time.sleep(0.2)
        return {"state": f"none: HTTP {status} {json.dumps(document)[:300]}", "error_kind": document.get("kind"),
                "error": document.get("detail"), "cloud_id": None}

    def create(self, ref, **more):
        body = {"credential": "judged", "ref_id": ref, "type": H100, "location": "eu-north1", "public_key": KEY, **more}
        return self.ask("POST", "/v1/instances", body)


# ---- rows ----------------------------------------------------------------------------------------------------------

# Where ours is another than the reference's on purpose.
REASONS = {
    "only_reference": "the reference repeats one project's platforms for every region with a quota",
    "gpu memory": "a nominal N GB is N x 2^30 bytes for every vendor",
    "network_details": "the link is told",
    "rebootable": "a reboot is a stop and a start, and offered where that was allowed",
    "storage price": "the calculator's price, where the reference has a constant",
}
# Of one platform.
EXPLAINED = {("gpu memory", "gpu-b200-sxm"): "the vendor says 180 GB, the reference has a table of its own with 192"}


def compare_types(daemon, expected):
    regions = {region: part["instance_types"]["items"] for region, part in expected["by_location_client"].items()}
    theirs = {item["id"]: item for items in regions.values() for item in items}
    ours = {row["instance_type_id"]: row for row in daemon.rows("SELECT * FROM instance_types WHERE is_listed")}
    gpus = {}
    for row in daemon.rows("SELECT * FROM instance_type_gpus"):
        gpus.setdefault(row["instance_type_id"], []).append(row)
    check(set(ours) == set(theirs), f"types: the same {len(theirs)} IDs as the reference, of each region's own client: "
          f"{sorted(set(ours) ^ set(theirs))[:5]}")
    differences = {}

    def differ(name, type_id, mine, other):
        if mine != other and (name, ours[type_id]["type"].split(".")[0]) not in EXPLAINED:
            differences.setdefault(name, []).append((type_id, mine, other))

    for type_id in set(ours) & set(theirs):
        mine, other = ours[type_id], theirs[type_id]
        for field in ("type", "location", "vcpu", "memory_bytes"):
            differ(field, type_id, mine[field], other[field])
        differ("price", type_id, mine["base_price_nanos"], nanos(other["base_price"]))
        differ("currency", type_id, mine["currency"], other["currency"])
        differ("is_available", type_id, bool(mine["is_available"]), other["is_available"])
        differ("stoppable", type_id, bool(mine["is_stoppable"]), other["stoppable"])
        differ("GPUs", type_id, [(g["count"], g["name"]) for g in gpus.get(type_id, [])],
               [(g["count"], g["name"]) for g in other["gpus"]])
        differ("gpu memory", type_id, [g["memory_gb"] for g in gpus.get(type_id, [])],
               [g["memory_bytes"] // 10**9 for g in other["gpus"]])
    for name, found in differences.items():
        check(False, f"types: {name} differs {len(found)} times, e.g. {found[0]}")
    if not differences:
        check(True, "types: type, location, vCPU, RAM, price, availability and GPUs are the reference's")
    for name, reason in [*REASONS.items(), *((" of ".join(which), reason) for which, reason in EXPLAINED.items())]:
        print(f"      {name}: {reason}")


def nanos(decimal):
    whole, _, fraction = decimal.partition(".")
    return int(whole) * 10**9 + int(fraction.ljust(9, "0")[:9])


def judge_rows(daemon, fake, expected):
    complete = "SELECT count(*) FROM sync_states WHERE last_success_at_ms IS NOT NULL"
    check(until(lambda: daemon.one(complete) == 7), "the tenant's regions, and each region's types and instances, listed")
    check(until(lambda: daemon.one("SELECT count(*) FROM instance_types WHERE base_price_nanos IS NULL") == 0),
          "every type has a price")
    compare_types(daemon, expected)
    ours = {row["name"]: row for row in daemon.rows("SELECT * FROM locations")}
    for place in expected["locations"]["items"]:
        row = ours.get(place["name"], {})
        check(row.get("is_available") == 1 and (row.get("country") == place["country"] or place["name"] == "eu-west1"),
              f"location {place['name']} (eu-west1 is in France, where the reference says another country)")
    theirs = expected["instances"]["items"][0]
    mine = daemon.rows("SELECT * FROM instances")[0]
    for field, other in (("name", "name"), ("status", "status"), ("location", "location"), ("type", "instance_type"),
                         ("public_ip", "public_ip"), ("private_ip", "private_ip"), ("ssh_user", "ssh_user"),
                         ("ssh_port", "ssh_port"), ("instance_type_id", "instance_type_id")):
        check(mine[field] == theirs[other], f"instance: {field}")
    check(mine["is_ours"] == 0, "instance: another tool's is not ours (the reference calls it its own)")
    check(daemon.one("SELECT count(*) FROM quotas") in (0, 36, None), "quotas")
    asked = fake.calls("CalculatorService/Estimate")
    time.sleep(7)
    check(fake.calls("CalculatorService/Estimate") == asked, "prices are not asked for again within the hour")
    check(fake.calls("TokenExchangeService/Exchange") == 1, "one token serves all calls")
    told = daemon.rows("SELECT * FROM events WHERE subject_id = ?", CLOSED)
    check(len(told) == 1 and "may not read" in told[0]["detail"],
          f"a project that was refused from the first is told, once: {[row['kind'] for row in told]}")


def judge_forged(directory, fake):
    """That the tokens' JWT is verified: one signed by another key is refused, and nothing is asked without a token."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    directory.mkdir()
    document = json.loads((fake.out / "credential-main.json").read_text())
    key = json.loads(document["service_account_key"])
    pem = rsa.generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    key["subject-credentials"]["private-key"] = pem.decode()
    credential = directory / "forged.json"
    credential.write_text(json.dumps({**document, "service_account_key": json.dumps(key)}))
    credential.chmod(0o600)
    asked = fake.calls("ProjectService/List")
    daemon = Daemon(directory, fake, fake.port, credential=credential)
    failed = "SELECT last_error_kind FROM sync_states WHERE failing_since_ms IS NOT NULL"
    check(until(lambda: daemon.one(failed) == "auth", 30), f"a JWT signed by another key is refused: {daemon.one(failed)}")
    check(fake.calls("ProjectService/List") == asked, "... and nothing is asked without a token")
    daemon.stop()


# ---- faults --------------------------------------------------------------------------------------------------------

def failing(daemon, where="eu-north1", syncer="instances"):
    return daemon.one("SELECT last_error_kind FROM sync_states WHERE location = ? AND syncer = ? AND failing_since_ms IS NOT NULL",
                      where, syncer)


def judge_faults(daemon, fake, proxy):
    def healthy():
        return daemon.one("SELECT count(*) FROM sync_states WHERE failing_since_ms IS NOT NULL") == 0

    lists = "InstanceService/List"
    before = fake.calls("TokenExchangeService/Exchange")
    fake.have(revoke_tokens="once")
    check(until(lambda: fake.calls("TokenExchangeService/Exchange") > before), "a token that is refused in mid-poll is renewed")
    time.sleep(3)
    check(healthy() and fake.calls("TokenExchangeService/Exchange") == before + 1, "... once, and no listing failed for it")

    for code, kind in (("UNAVAILABLE", "service_unavailable"), ("RESOURCE_EXHAUSTED", "rate_limited"),
                       ("DEADLINE_EXCEEDED", "service_unavailable"), ("INTERNAL", "service_unavailable")):
        project = "project-e01fakewest00000a1"
        fake.have([{"id": code, "method": lists, "match": {"parent_id": project}, "times": 1000, "code": code}])
        check(until(lambda: failing(daemon, "eu-west1") == kind), f"{code} on one region's list is {kind}")
        check(failing(daemon, "us-central1") is None, "... and touches no other region")
        check(daemon.one("SELECT count(*) FROM instances WHERE is_ended = 1") == 0, "... and ends nothing")
        fake.have()
        check(until(healthy, 40), "... and is over when the vendor is well")

    fake.have([{"id": "advice", "method": "ResourceAdviceService/List", "times": 1000, "code": "UNIMPLEMENTED"}])
    time.sleep(5)
    check(failing(daemon, "eu-north1", "instance_types") is None, "a tenant without capacity advice still has types")
    fake.have([{"id": "price", "method": "CalculatorService/Estimate", "times": 100000, "code": "UNAVAILABLE"}])
    time.sleep(5)
    check(daemon.one("SELECT count(*) FROM instance_types WHERE base_price_nanos IS NULL") == 0,
          "prices stay while the calculator is not there")

    fake.have([{"id": "slow", "method": lists, "times": 1000, "delay_ms": 1500}])
    time.sleep(1.5)
    cut = sum((proxy.cut(), time.sleep(0.7))[0] for _ in range(5))
    fake.have()
    check(cut > 0 and until(healthy, 40), f"{cut} connections that died in mid-call: the next listing is whole")
    check(daemon.one("SELECT count(*) FROM instances WHERE is_ended = 1") == 0, "... and ends nothing")

    foreign = daemon.rows("SELECT cloud_id FROM instances")[0]["cloud_id"]
    research = "project-e00fakeresearch0a1"
    fake.have(set={"add_instances": [{"project": "project-e00fakenorth0000a1", "name": "neighbour", "platform": "cpu-d3",
                                      "preset": "4vcpu-16gb", "state": "RUNNING", "labels": {}, "disk_gib": 93}]})
    check(until(lambda: daemon.one("SELECT count(*) FROM instances") == 2), "another machine in the region")
    fake.have([{"id": "closed", "method": lists, "match": {"parent_id": research}, "times": 1000,
                "code": "PERMISSION_DENIED"}])
    check(until(lambda: daemon.one("SELECT is_stale FROM instances WHERE cloud_id = ?", foreign) == 1, 30),
          "machines of a project that may not be read any more go stale")
    check(failing(daemon) is None, "... while the region's other projects are listed")
    fake.have()
    check(until(lambda: daemon.one("SELECT is_stale FROM instances WHERE cloud_id = ?", foreign) == 0, 40),
          "... and are back when it may be read again")
    west = {"parent_id": "project-e01fakewest00000a1"}
    fake.have([{"id": "denied", "method": lists, "match": west, "times": 1000, "code": "PERMISSION_DENIED"}])
    check(until(lambda: failing(daemon, "eu-west1") == "forbidden"), "a region of which nothing may be read is forbidden")
    check(failing(daemon) is None and failing(daemon, "us-central1") is None, "... and touches no other region")
    fake.have()


# ---- lifecycle -----------------------------------------------------------------------------------------------------

def left_in(fake):
    """What of ours is in the cloud."""
    cloud = fake.cloud()
    tables = [cloud.get(table) for table in ("instances", "disks", "networks", "subnets", "sgs")]
    return [name for name in json.dumps(tables).split('"') if name.startswith("judge-")]


def judge_lifecycle(daemon, fake):
    done = daemon.follow(daemon.create("judge-one", name="trainer", tags={"team": "ml"}, is_spot=True))
    check(done["state"] == "succeeded", f"create: {done['state']} {done['error']}")
    cloud_id = done["cloud_id"]
    row = "SELECT * FROM instances WHERE cloud_id = ?"
    check(until(lambda: (daemon.rows(row, cloud_id) or [{}])[0].get("status") == "running"), "... runs")
    mine = daemon.rows(row, cloud_id)[0]
    check((mine["is_ours"], mine["ref_id"], mine["name"], mine["is_spot"], mine["type"]) ==
          (1, "judge-one", "trainer", 1, H100), "... is ours, with its name, as spot")
    check(mine["disk_size_bytes"] == 1280 << 30, f"... has its disk: {mine['disk_size_bytes']}")
    again = daemon.create("judge-one", name="trainer", tags={"team": "ml"}, is_spot=True)
    check(again[0] == 200 and again[1]["instance"]["cloud_id"] == cloud_id, "the same create again is the same machine")
    path = f"/v1/instances/judged/{cloud_id}"
    done = daemon.follow(daemon.ask("POST", path + "/tags", {"tags": {"team": None, "job": "7"}}))
    check(done["state"] == "succeeded", f"tags: {done['state']} {done['error']}")
    tags = lambda: {t["key"]: t["value"] for t in daemon.rows("SELECT * FROM instance_tags WHERE cloud_id = ?", cloud_id)}
    check(until(lambda: tags().get("job") == "7" and "team" not in tags() and tags().get("created-by") == "tallyd", 20),
          f"... the named ones change, ours stay: {tags()}")
    done = daemon.follow(daemon.ask("POST", path + "/resize", {"disk_size_bytes": 1400 << 30}))
    check(done["state"] == "succeeded", f"resize: {done['state']} {done['error']}")
    check(until(lambda: daemon.rows(row, cloud_id)[0]["disk_size_bytes"] == 1400 << 30, 90), "... the disk is larger")
    done = daemon.follow(daemon.ask("POST", path + "/stop"))
    check(done["state"] == "succeeded", f"stop: {done['state']} {done['error']}")
    check(until(lambda: daemon.rows(row, cloud_id)[0]["status"] == "stopped"), "... is stopped")
    done = daemon.follow(daemon.ask("POST", path + "/start"))
    check(done["state"] == "succeeded", f"start: {done['state']} {done['error']}")
    check(until(lambda: daemon.rows(row, cloud_id)[0]["status"] == "running"), "... runs again")
    done = daemon.follow(daemon.ask("DELETE", path))
    check(done["state"] == "succeeded", f"terminate: {done['state']} {done['error']}")
    check(until(lambda: not left_in(fake), 90), f"... and nothing of it is left: {sorted(set(left_in(fake)))}")

    lost = {"id": "lost", "method": "InstanceService/Create", "times": 1, "mode": "after", "code": "UNAVAILABLE"}
    fake.have([lost])
    done = daemon.follow(daemon.create("judge-lost"))
    check(done["state"] in ("succeeded", "adopted"), f"a create whose answer was lost: {done['state']} {done['error']}")
    machines = [row for row in daemon.rows("SELECT * FROM instances WHERE ref_id = 'judge-lost' AND is_ended = 0")]
    check(len(machines) == 1, f"... made one machine: {len(machines)}")
    done = daemon.follow(daemon.ask("DELETE", f"/v1/instances/judged/{done['cloud_id']}"))
    check(until(lambda: not left_in(fake), 90), f"... of which nothing is left: {sorted(set(left_in(fake)))}")

    late = {"id": "late", "method": "InstanceService/Create", "times": 1, "mode": "operation", "code": "RESOURCE_EXHAUSTED",
            "service_error": {"service": "compute", "code": "NotEnoughResources", "not_enough_resources": {
                "violations": [{"resource_type": "gpu", "message": "no capacity"}]}}}
    fake.have([late])
    done = daemon.follow(daemon.create("judge-late"))
    check(done["state"] in ("failed", "cleaned_up") and done["error_kind"] == "insufficient_resources",
          f"an operation that fails late: {done['state']} {done['error_kind']} {done['error']}")
    check(until(lambda: not left_in(fake), 90), f"... nothing is left: {sorted(set(left_in(fake)))}")

    def refused(what, ref, kind, **order):
        done = daemon.follow(daemon.create(ref, **order))
        check(done["state"] in ("failed", "cleaned_up") and done["error_kind"] == kind,
              f"{what}: {done['state']} {done['error_kind']} {done['error']}")
        check(until(lambda: not any(name.startswith(ref) for name in left_in(fake)), 90),
              f"... nothing is left: {sorted(set(left_in(fake)))}")

    fake.have()
    refused("no stock", "judge-none", "insufficient_resources", **SOLD_OUT)
    refused("no quota", "judge-quota", "out_of_quota", **NO_QUOTA)

    fake.have(set={"quotas": {"eu-north1": {"compute.instance.gpu.h200": {"limit": 1}}}})
    first = daemon.follow(daemon.create("judge-first", **LITTLE_QUOTA))
    check(first["state"] == "succeeded", f"the last of a quota: {first['state']} {first['error']}")
    refused("a quota that has run out", "judge-second", "out_of_quota", **LITTLE_QUOTA)
    fake.have(set={"behavior": {"quota_mode": "async"}})
    refused("... which the vendor says late", "judge-third", "out_of_quota", **LITTLE_QUOTA)
    daemon.follow(daemon.ask("DELETE", f"/v1/instances/judged/{first['cloud_id']}"))
    check(until(lambda: not left_in(fake), 90), f"... nothing is left: {sorted(set(left_in(fake)))}")


def judge_kills(daemon, fake):
    """Killed while a network is being made, a subnet, a machine: what was made and never answered is found again."""
    for method, ref, before in (("NetworkService/Create", "judge-k1", None),
                                ("SubnetService/Create", "judge-k2", "judge-k2-vpc"),
                                ("InstanceService/Create", "judge-k3", "judge-k3-subnet")):
        asked = fake.calls(method)
        fake.have([{"id": ref, "method": method, "times": 1, "delay_ms": 10000}])
        threading.Thread(target=quietly, args=(daemon.create, ref), daemon=True).start()
        begun = until(lambda: daemon.one("SELECT count(*) FROM operations WHERE ref_id = ?", ref) == 1 and
                      (before is None or before in left_in(fake)))
        time.sleep(5)  # within the call that takes ten
        is_under_way = fake.calls(method) == asked
        daemon.process.kill()
        daemon.process.wait()
        check(begun and is_under_way and until(lambda: fake.calls(method) > asked, 20),
              f"killed in {method}, which is carried out all the same")
        fake.have()
        daemon.start()
        state = lambda: daemon.one("SELECT state FROM operations WHERE ref_id = ? AND kind = 'create'", ref)
        check(until(lambda: state() not in (None, "started", "unknown"), 120), f"... the create has an outcome: {state()}")
        for row in daemon.rows("SELECT cloud_id FROM instances WHERE ref_id = ? AND is_ended = 0", ref):
            daemon.follow(daemon.ask("DELETE", f"/v1/instances/judged/{row['cloud_id']}"))
        check(until(lambda: not left_in(fake), 120), f"... and nothing is left: {sorted(set(left_in(fake)))}")
    check(daemon.one("SELECT count(*) FROM orphans WHERE reason = 'not_in_journal'") == 0, "no orphans")


def quietly(call, *values):
    """Of a daemon that is killed nobody hears."""
    try:
        call(*values)
    except (OSError, ValueError, http.client.HTTPException):
        pass


def with_closed_project(python, program):
    """The built-in account, and a project of it that the service account may not read."""
    built_in = json.loads(subprocess.run([python, program, "--print-scenario"], stdout=subprocess.PIPE, check=True).stdout)
    closed = {"id": CLOSED, "name": "closed", "region": "eu-north1", "deny": True}
    return {"projects": built_in["projects"] + [closed]}


def main(python, program, expected_file):
    expected = json.loads(Path(expected_file).read_text())
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        fake = Fake(directory, python, program, with_closed_project(python, program))
        proxy = Proxy(fake.port)
        judge_forged(directory / "forged", fake)
        fake.log.write_text("")
        daemon = Daemon(directory, fake, proxy.port)
        try:
            judge_rows(daemon, fake, expected)
            judge_faults(daemon, fake, proxy)
            judge_lifecycle(daemon, fake)
            judge_kills(daemon, fake)
            secret = json.loads(json.loads((fake.out / "credential-main.json").read_text())["service_account_key"])
            lines = secret["subject-credentials"]["private-key"].splitlines()[1:-1]
            text = (directory / "tallyd.log").read_text() + json.dumps(daemon.rows("SELECT * FROM events"))
            check(not any(line in text for line in lines) and "eyJ" not in text, "no key and no token in log and events")
        finally:
            code, took = daemon.stop()
            check(code == 0 and took < 5, f"the daemon ends with {code} after {took:.1f} s")
            if FAILURES:
                print((directory / "tallyd.log").read_text()[-6000:])
            fake.stop()
    print(f"{len(FAILURES)} wrong")
    return 1 if FAILURES else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
