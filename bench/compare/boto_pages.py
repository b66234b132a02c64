"""Reads the pages that aws_bench left (build/aws-pages, or the argument) with botocore's own parser, and says what it
takes: the work of boto3 without its requests. Needs botocore (.ci/venv moto 'moto[server]==5.2.5' boto3)."""

import sys
import time
from pathlib import Path

import botocore.parsers
import botocore.session

directory = Path(sys.argv[1] if len(sys.argv) > 1 else "build/aws-pages")
model = botocore.session.get_session().get_service_model("ec2")
parser = botocore.parsers.create_parser("ec2")
for what, operation, rows_of in (
        ("types", "DescribeInstanceTypes", lambda page: len(page["InstanceTypes"])),
        ("machines", "DescribeInstances", lambda page: sum(len(each["Instances"]) for each in page["Reservations"]))):
    pages = [path.read_bytes() for path in sorted(directory.glob(f"{what}-*.xml"))]
    shape = model.operation_model(operation).output_shape
    begin = time.thread_time()
    rows = sum(rows_of(parser.parse({"status_code": 200, "headers": {}, "body": page}, shape)) for page in pages)
    print(f"{what}: {rows} rows of {sum(map(len, pages)) / 1e6:.1f} MB in {(time.thread_time() - begin) * 1e3:.0f} ms of CPU")
