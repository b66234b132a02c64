"""judge-aws: tallyd lists, makes and changes machines at moto, a server of EC2 that others wrote, over TLS. A stub stands in
front of moto for what it has not got: idempotency, prices, images' parameters, opt-in, throttling, capacity, expired
sessions. Exit code other than 0: something is not what it should be, which is said."""

import csv
import http.client
import io
import json
import os
import re
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import boto3

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(os.environ.get("TALLY_BIN", ROOT / "build/release/bin"))
RECORDED = ROOT / "tests/providers/aws/recorded"
REGIONS = ["us-east-1", "us-west-2", "eu-west-1"]
IMAGE = "ami-1e749f67"  # one of moto's own
failures = []


def check(what, holds, detail=""):
    print(("ok      " if holds else "WRONG   ") + what + (f": {detail}" if detail and not holds else ""), flush=True)
    if not holds:
        failures.append(what)


def until(what, look, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if look():
            check(what, True)
            return True
        time.sleep(0.3)
    check(what, False, f"not within {seconds} s")
    return False


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def error(status, code, message="no more is said"):
    body = f"<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors></Response>"
    return status, body.encode()


class Stub:
    """What it does to a call: `rules` are functions of (action, region, parameters) that answer (status, body), "lost" for
    a call that is done and not answered, or None."""

    def __init__(self, moto_port):
        self.moto_port = moto_port
        self.lock = threading.Lock()
        self.seen = []      # (region, action)
        self.rules = []
        self.by_token = {}  # answers of RunInstances
        self.types = {}     # moto takes seconds for them, and has the same in each region

    def reset(self):
        with self.lock:
            self.seen, self.rules, self.by_token = [], [], {}

    def count(self, action, region=None):
        with self.lock:
            return sum(1 for where, what in self.seen if what == action and region in (None, where))

    def forward(self, headers, body):
        connection = http.client.HTTPConnection("127.0.0.1", self.moto_port, timeout=60)
        connection.request("POST", "/", body, {k: v for k, v in headers.items() if k.lower() != "accept-encoding"})
        answer = connection.getresponse()
        return answer.status, answer.read()

    def answer(self, headers, body):
        target = headers.get("X-Amz-Target", "")
        parameters = {} if target else dict(urllib.parse.parse_qsl(body.decode()))
        action = target.split(".")[-1] or parameters.get("Action", "")
        region = headers.get("Authorization", "///").split("/")[2]
        with self.lock:
            self.seen.append((region, action))
            rules = list(self.rules)
        for rule in rules:
            said = rule(action, region, parameters)
            if said == "lost":
                self.run(headers, body, parameters)
                return None
            if said is not None:
                return said
        if action == "GetProducts":
            return 200, self.prices(json.loads(body))
        if action == "GetParameter":
            return 200, json.dumps({"Parameter": {"Value": IMAGE}}).encode()
        if action == "GetServiceQuota":
            return 400, json.dumps({"__type": "AccessDeniedException", "message": "not allowed"}).encode()
        if action == "RunInstances":
            return self.run(headers, body, parameters)
        if action != "DescribeInstanceTypes":
            return self.forward(headers, body)
        with self.lock:
            known = self.types.get(body)
        answer = known or self.forward(headers, body)
        if answer[0] == 200:
            with self.lock:
                self.types[body] = answer
        return answer

    def run(self, headers, body, parameters):
        """Idempotent by token, as EC2 is."""
        token = parameters.get("ClientToken", "")
        with self.lock:
            if token not in self.by_token:
                self.by_token[token] = self.forward(headers, body)
            return self.by_token[token]

    @staticmethod
    def prices(asked):
        region = next(f["Value"] for f in asked["Filters"] if f["Field"] == "regionCode")
        recorded = json.loads((RECORDED / "prices.json").read_text())
        usual = recorded["PriceList"][0]  # p4d.24xlarge
        recorded["PriceList"] += [usual.replace("p4d.24xlarge", name).replace("21.9576420000", price)
                                  for name, price in (("g5.xlarge", "1.007"), ("g5.2xlarge", "1.212"))]
        recorded["PriceList"] = [each.replace('"us-east-1"', f'"{region}"') for each in recorded["PriceList"]]
        return json.dumps(recorded).encode()

    def serve(self, certificate, key):
        stub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                said = stub.answer(self.headers, body)
                if said is None:
                    self.close_connection = True
                    return
                self.send_response(said[0])
                self.send_header("Content-Length", str(len(said[1])))
                self.end_headers()
                self.wfile.write(said[1])

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            def handle_error(self, *_):
                """Whoever asked has left: the daemon ended, or waited long enough."""

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self.server.server_address[1]


class Moto:
    def __init__(self, port, log):
        self.port = port
        self.process = subprocess.Popen([Path(sys.executable).parent / "moto_server", "-H", "127.0.0.1", "-p", str(port)],
                                        stdout=log, stderr=log)
        for _ in range(300):
            try:
                self.post("/moto-api/reset")
                return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError("moto does not start")

    def post(self, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("POST", path, body, {"Content-Type": "text/plain"} if body is not None else {})
        return connection.getresponse().read()

    def client(self, service, region, key=("setup", "setup")):
        return boto3.client(service, region_name=region, endpoint_url=f"http://127.0.0.1:{self.port}",
                            aws_access_key_id=key[0], aws_secret_access_key=key[1])

    def begin(self):
        """A new account with a user and a role who may do everything; from then on every signature is checked."""
        self.post("/moto-api/reset-auth", "inf")
        self.post("/moto-api/reset")
        self.post("/moto-api/seed?a=42")
        iam = self.client("iam", "us-east-1")
        iam.create_user(UserName="tally")
        policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
        iam.put_user_policy(UserName="tally", PolicyName="all", PolicyDocument=json.dumps(policy))
        made = iam.create_access_key(UserName="tally")["AccessKey"]
        trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}]}
        role = iam.create_role(RoleName="tally", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
        iam.put_role_policy(RoleName="tally", PolicyName="all", PolicyDocument=json.dumps(policy))
        self.session = self.client("sts", "us-east-1").assume_role(RoleArn=role, RoleSessionName="judged")["Credentials"]
        self.post("/moto-api/reset-auth", "0")
        return made["AccessKeyId"], made["SecretAccessKey"]


class Daemon:
    """One of a name that was there before goes on with what that one has left."""

    def __init__(self, work, name, port, key, regions=REGIONS, token=None):
        self.started_ms = int(time.time() * 1000)
        self.directory = work / name
        self.directory.mkdir(exist_ok=True)
        secret = {"access_key_id": key[0], "secret_access_key": key[1]}
        if token:
            secret["session_token"] = token
        file = self.directory / "key.json"
        file.write_text(json.dumps(secret))
        file.chmod(0o600)
        self.config = self.directory / "tallyd.toml"
        self.config.write_text(f"""state_dir = "{self.directory}/state"
control_socket = "{self.directory}/tallyd.sock"
[lifecycle]
conclude_after = "5s"
[[credential]]
ref = "judged"
provider = "aws"
file = "{file}"
endpoint = "https://localhost:{port}"
ca_file = "{work}/ca.pem"
instance_type_interval = "3s"
instance_interval = "1s"
[credential.options]
regions = {json.dumps(regions)}
[credential.ssh]
probe = false
""")
        self.log = open(self.directory / "log", "ab")
        self.process = subprocess.Popen([BIN / "tallyd", "--config", self.config], stdout=self.log, stderr=self.log)

    def ctl(self, *words):
        return subprocess.run([BIN / "tallyctl", "--config", self.config, *words], capture_output=True, text=True, timeout=180)

    def rows(self, query):
        told = self.ctl("-o", "csv", "sql", query)
        return list(csv.DictReader(io.StringIO(told.stdout))) if told.returncode == 0 else []

    def one(self, query):
        rows = self.rows(query)
        return list(rows[0].values())[0] if rows else None

    def has_listed_types(self, region="us-east-1"):
        return self.one("SELECT count(*) FROM sync_states WHERE syncer = 'instance_types' AND last_success_at_ms > "
                        f"{self.started_ms} AND location = '{region}'") == "1"

    def price(self, type_):
        return self.one("SELECT price_nanos FROM instance_type_prices WHERE usage_class = 'on-demand' AND instance_type_id"
                        f" = 'us-east-1-us-east-1a-{type_}'")

    def is_refused(self):
        return self.one("SELECT count(*) FROM sync_states WHERE last_error_kind = 'auth'") not in (None, "0")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        check(f"{self.directory.name}: the daemon ends well", self.process.wait(60) == 0)
        self.log.close()


def create(daemon, key_file, ref, *more, type_="g5.xlarge", location="us-east-1"):
    return daemon.ctl("create", "--credential", "judged", "--type", type_, "--location", location, "--ref-id", ref,
                      "--public-key", str(key_file), "--yes", "--timeout", "60s", *more)


def judge_reading(moto, stub, work, port):
    key = moto.begin()
    stub.reset()
    machines = {}
    for region in REGIONS:
        made = moto.client("ec2", region, key).run_instances(ImageId=IMAGE, MinCount=2, MaxCount=2, InstanceType="g5.xlarge")
        machines[region] = {each["InstanceId"] for each in made["Instances"]}
    with Daemon(work, "reading", port, key) as daemon:
        def listed(region):
            return {r["cloud_id"] for r in daemon.rows(f"SELECT cloud_id FROM instances WHERE location = '{region}'")}

        until("machines of three regions are listed", lambda: all(listed(r) == machines[r] for r in REGIONS))
        types = moto.client("ec2", REGIONS[0], key).describe_instance_types()["InstanceTypes"]
        gpu = {t["InstanceType"] for t in types if t.get("GpuInfo")}
        for region in REGIONS:
            ec2 = moto.client("ec2", region, key)
            offers = ec2.describe_instance_type_offerings(LocationType="availability-zone")["InstanceTypeOfferings"]
            want = {f"{region}-{o['Location']}-{o['InstanceType']}" for o in offers if o["InstanceType"] in gpu}
            until(f"{region}: each of {len(want)} types and zones that boto3 sees is a row, and nothing else", lambda: {
                r["instance_type_id"] for r in daemon.rows(
                    f"SELECT instance_type_id FROM instance_types WHERE location = '{region}' AND is_listed")} == want, 120)
        check("the price list's price is exact", daemon.price("p4d.24xlarge") == "21957642000", daemon.price("p4d.24xlarge"))
        gone = machines["eu-west-1"].pop()
        moto.client("ec2", "eu-west-1", key).terminate_instances(InstanceIds=[gone])
        until("a machine that was ended elsewhere is seen", lambda: daemon.one(
            f"SELECT status FROM instances WHERE cloud_id = '{gone}'") == "terminated")
    with Daemon(work, "wrong-key", port, (key[0], "x" * 40)) as daemon:
        until("a wrong secret is refused as such", lambda: daemon.is_refused())


def judge_prices(moto, stub, work, port):
    key = moto.begin()
    stub.reset()
    region = REGIONS[:1]
    with Daemon(work, "prices", port, key, region) as daemon:
        until("a list's price is had", lambda: daemon.price("g5.xlarge") == "1007000000", 120)
    stub.rules = [lambda action, *_: error(503, "ServiceUnavailable") if action == "GetProducts" else None]
    with Daemon(work, "prices", port, key, region) as daemon:
        until("after a restart types are listed without the price list", lambda: daemon.has_listed_types(), 120)
        check("at the price that was had before", daemon.price("g5.xlarge") == "1007000000", daemon.price("g5.xlarge"))
    with Daemon(work, "no-prices", port, key, region) as daemon:
        until("without any list ever types are listed", lambda: daemon.has_listed_types(), 120)
        check("at the price that tallyd brings along", daemon.price("g5.xlarge") == "1006000000", daemon.price("g5.xlarge"))


def judge_lifecycle(moto, stub, work, port, key_file):
    key = moto.begin()
    stub.reset()
    ec2 = moto.client("ec2", "us-east-1", key)
    lost = []

    def lose_first(action, _region, parameters):
        if action == "RunInstances" and parameters["ClientToken"] not in lost:
            lost.append(parameters["ClientToken"])
            return "lost"
        return None

    with Daemon(work, "lifecycle", port, key) as daemon:
        until("types are listed", lambda: daemon.has_listed_types(), 120)
        stub.rules = [lose_first]
        made = create(daemon, key_file, "job-1", "--tag", "team=ml & co", "--allow", "443@10.0.0.0/8", "--allow", "443@2001:db8::/32",
                      "--wait", "running", "--disk", "100GiB")
        check("a machine is made, though the first answer was lost", made.returncode == 0, made.stderr + made.stdout)
        stub.rules = []
        there = [i for r in ec2.describe_instances()["Reservations"] for i in r["Instances"]]
        check("it is one", len(there) == 1, str(len(there)))
        if not there:
            return
        machine = there[0]
        check("its image is the one that AWS's parameter names", machine["ImageId"] == IMAGE
              and stub.count("GetParameter", "us-east-1") > 0, machine["ImageId"])
        tags = {t["Key"]: t["Value"] for t in machine["Tags"]}
        check("it has its tags", tags.get("tallyd-ref-id") == "job-1" and tags.get("team") == "ml & co"
              and tags.get("tallyd-cloud-cred-ref-id") == "judged", str(tags))
        group = machine["NetworkInterfaces"][0]["Groups"][0]  # moto tells them there only
        rules = ec2.describe_security_groups(GroupIds=[group["GroupId"]])["SecurityGroups"][0]["IpPermissions"]
        open_to = {(p["IpProtocol"], p["FromPort"], r.get("CidrIp") or r.get("CidrIpv6"))
                   for p in rules for r in p["IpRanges"] + p["Ipv6Ranges"]}
        want = {("tcp", 22, "0.0.0.0/0"), ("tcp", 22, "::/0"), ("tcp", 443, "10.0.0.0/8"), ("udp", 443, "10.0.0.0/8"),
                ("tcp", 443, "2001:db8::/32"), ("udp", 443, "2001:db8::/32")}
        check("its group has SSH and the rules, IPv6 ones too", open_to == want, str(open_to))
        check("its key is there", len(ec2.describe_key_pairs()["KeyPairs"]) == 1)
        volume = machine["BlockDeviceMappings"][0]["Ebs"]["VolumeId"]

        def run(what, *words):
            told = daemon.ctl(*words)
            check(what, told.returncode == 0, told.stderr + told.stdout)

        run("a rule is added", "firewall", "allow", "job-1", "8000-8010@192.168.0.0/16")
        told = daemon.ctl("firewall", "list", "job-1")
        check("it is listed by EC2's ID", "sgr-" in told.stdout and "8010" in told.stdout, told.stderr + told.stdout)
        run("a tag is set and one taken away", "tag", "job-1", "owner=me", "team-")
        tags = {t["Key"] for t in ec2.describe_tags(Filters=[{"Name": "resource-id", "Values": [machine["InstanceId"]]}])["Tags"]}
        check("so it is at EC2", "owner" in tags and "team" not in tags, str(tags))
        run("it is stopped", "stop", "job-1", "--yes", "--wait")
        run("its type is changed", "change-type", "job-1", "g5.2xlarge")
        run("its disk grows", "resize", "job-1", "200GiB")
        check("to that size", ec2.describe_volumes(VolumeIds=[volume])["Volumes"][0]["Size"] == 200)
        run("it is started", "start", "job-1", "--wait")
        run("it is ended", "terminate", "job-1", "--yes", "--wait")
        def left():
            groups = [g["GroupName"] for g in ec2.describe_security_groups()["SecurityGroups"]]
            return [each["KeyName"] for each in ec2.describe_key_pairs()["KeyPairs"]] + [g for g in groups if g.startswith("tally-")]

        if not until("its group and key are gone", lambda: not left()):
            print(left(), daemon.rows("SELECT kind, state, error FROM operation_resources"))

        stub.rules = [lambda action, *_: error(500, "InsufficientInstanceCapacity", "none in us-east-1a")
                      if action == "RunInstances" else None]
        refused = create(daemon, key_file, "job-2", "--wait", "running", "--sub-location", "us-east-1a")
        said = refused.stderr + refused.stdout
        check("no capacity is told in EC2's words, as what may change", refused.returncode == 75 and "none in us-east-1a" in said,
              f"{refused.returncode} {said}")
        stub.rules = []
        until("and leaves nothing", lambda: not ec2.describe_key_pairs()["KeyPairs"])


def judge_troubles(moto, stub, work, port):
    key = moto.begin()
    stub.reset()
    throttled = threading.Event()

    def troubles(action, region, _parameters):
        if throttled.is_set() and action == "DescribeInstances" and region == "eu-west-1":
            return error(503, "RequestLimitExceeded", "Request limit exceeded.")
        if action == "DescribeAvailabilityZones" and region == "us-west-2":
            return error(401, "AuthFailure", "AWS was not able to validate the provided access credentials")
        return None

    stub.rules = [troubles]
    opted = (RECORDED / "handmade/DescribeRegions-optin.xml").read_bytes().replace(b"ap-east-1", b"us-west-2")
    stub.rules.append(lambda action, *_: (200, opted) if action == "DescribeRegions" else None)
    with Daemon(work, "troubles", port, key) as daemon:
        until("a region that is not enabled is not available, the others are", lambda: {
            r["name"]: r["is_available"] for r in daemon.rows("SELECT name, is_available FROM locations")
        } == {"us-east-1": "1", "eu-west-1": "1", "us-west-2": "0"}, 120)
        until("the credential is not to blame", lambda: daemon.has_listed_types(), 120)
        throttled.set()
        before = stub.count("DescribeInstances", "eu-west-1")
        others = stub.count("DescribeInstances", "us-east-1")
        time.sleep(12)
        slow = stub.count("DescribeInstances", "eu-west-1") - before
        fast = stub.count("DescribeInstances", "us-east-1") - others
        check("who asks too fast is asked less, there only", slow <= 6 and fast >= 8, f"{slow} and {fast} requests in 12 s")
    stub.reset()
    session = (moto.session["AccessKeyId"], moto.session["SecretAccessKey"])
    with Daemon(work, "session", port, session, REGIONS[:1], moto.session["SessionToken"]) as daemon:
        until("a session may look", lambda: daemon.one(
            "SELECT count(*) FROM sync_states WHERE syncer = 'instances' AND last_success_at_ms > 0") == "1")
        stub.rules = [lambda action, *_: error(400, "RequestExpired", "Request has expired.")]
        until("when it has expired that is the credential's fault", lambda: daemon.is_refused())
        said = daemon.one("SELECT last_error FROM sync_states WHERE last_error_kind = 'auth'") or ""
        check("and what helps is said", "new session token" in said, said)
    stub.reset()
    with Daemon(work, "wrong-session", port, session, REGIONS[:1], "x" * 40) as daemon:
        until("a wrong token is refused as such", lambda: daemon.is_refused())


def main():
    with tempfile.TemporaryDirectory() as directory:
        work = Path(directory)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-keyout", work / "tls.key",
                        "-out", work / "ca.pem", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
                       check=True, capture_output=True)
        key_file = work / "id.pub"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", work / "id"], check=True)
        with open(work / "moto.log", "wb") as log:
            moto = Moto(free_port(), log)
            try:
                stub = Stub(moto.port)
                port = stub.serve(work / "ca.pem", work / "tls.key")
                judge_reading(moto, stub, work, port)
                judge_prices(moto, stub, work, port)
                judge_lifecycle(moto, stub, work, port, key_file)
                judge_troubles(moto, stub, work, port)
            finally:
                moto.process.terminate()
                moto.process.wait()
            if failures and "-v" in sys.argv:
                for each in work.glob("*/log"):
                    print(f"--- {each}\n" + re.sub(r"[^\x20-\x7e\n]", "?", each.read_text(errors="replace"))[-4000:])
    print(f"{len(failures)} wrong" if failures else "all well")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
