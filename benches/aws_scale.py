#!/usr/bin/env python3
"""Measures the offline analysis of a large AWS account.

    cargo build --release
    python3 benches/aws_scale.py target/release/overstay DETAILS.json
    python3 benches/aws_scale.py target/release/overstay --synthetic

DETAILS.json is the output of `aws iam get-account-authorization-details`; it is copied fifty times
with renamed ARNs. `--synthetic` makes an account of 10,000 roles and 5,000 users instead, in which
every role has a policy document of its own.
"""

import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time

COPIES = 50
LISTS = {"UserDetailList": "UserName", "GroupDetailList": "GroupName", "RoleDetailList": "RoleName"}


def scaled(details):
    """Copies of an account in one account: every name gets a suffix, AWS's own policies stay."""
    out = {name: [] for name in (*LISTS, "Policies")}
    for copy in range(COPIES):
        def renamed(name):
            return name if copy == 0 else f"{name}-c{copy}"

        def arn(text):
            return text if ":iam::aws:" in text else renamed(text)

        for kind, name in LISTS.items():
            for item in details.get(kind, []):
                item = dict(item, Arn=arn(item["Arn"]))
                item[name] = renamed(item[name])
                item["AttachedManagedPolicies"] = [
                    dict(policy, PolicyArn=arn(policy["PolicyArn"]))
                    for policy in item.get("AttachedManagedPolicies", [])]
                if "GroupList" in item:
                    item["GroupList"] = [renamed(group) for group in item["GroupList"]]
                out[kind].append(item)
        for policy in details.get("Policies", []):
            if copy == 0 or ":iam::aws:" not in policy["Arn"]:
                out["Policies"].append(dict(policy, Arn=arn(policy["Arn"])))
    return out


def synthetic():
    account, rnd = "111122223333", random.Random(20261122)
    services = ["lambda", "ec2", "ecs-tasks", "glue", "codebuild"]
    actions = ["s3:GetObject", "s3:PutObject", "dynamodb:Query", "sqs:SendMessage", "iam:PassRole",
               "lambda:CreateFunction", "lambda:InvokeFunction", "ec2:RunInstances", "kms:Decrypt",
               "sts:AssumeRole", "logs:PutLogEvents", "secretsmanager:GetSecretValue", "iam:Get*"]

    def document(number):
        return {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": rnd.sample(actions, 4),
             "Resource": [f"arn:aws:s3:::bucket-{number}/*", f"arn:aws:iam::{account}:role/app-{number % 997}*"]},
            {"Effect": "Allow", "Action": rnd.sample(actions, 2), "Resource": "*",
             "Condition": {"StringEquals": {"aws:RequestedRegion": f"eu-west-{number % 3}"}}}]}

    def trust(number):
        if number % 3:
            principal = {"Service": f"{rnd.choice(services)}.amazonaws.com"}
        else:
            principal = {"AWS": f"arn:aws:iam::{account}:role/app-{(number * 7) % 10_000}"}
        return {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}]}

    administrator = [{"PolicyName": "AdministratorAccess",
                      "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}]
    return {
        "RoleDetailList": [
            {"RoleName": f"app-{n}", "Path": "/", "Arn": f"arn:aws:iam::{account}:role/app-{n}",
             "CreateDate": "2024-01-01T00:00:00Z", "AssumeRolePolicyDocument": trust(n),
             "RolePolicyList": [{"PolicyName": "own", "PolicyDocument": document(n)}],
             "AttachedManagedPolicies": administrator if n % 200 == 0 else []}
            for n in range(10_000)],
        "UserDetailList": [
            {"UserName": f"bot-{n}", "Path": "/", "Arn": f"arn:aws:iam::{account}:user/bot-{n}",
             "CreateDate": "2024-01-01T00:00:00Z", "GroupList": [f"team-{n % 50}"],
             "UserPolicyList": [], "AttachedManagedPolicies": []} for n in range(5_000)],
        "GroupDetailList": [
            {"GroupName": f"team-{n}", "Path": "/", "Arn": f"arn:aws:iam::{account}:group/team-{n}",
             "GroupPolicyList": [{"PolicyName": "own", "PolicyDocument": document(n)}],
             "AttachedManagedPolicies": []} for n in range(50)],
        "Policies": []}


def main():
    binary, source = os.path.abspath(sys.argv[1]), sys.argv[2]
    details = synthetic() if source == "--synthetic" else scaled(json.load(open(source)))
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "details.json")
        with open(path, "w") as out:
            json.dump(details, out, indent=1)
        with open(os.path.join(folder, "overstay.toml"), "w") as out:
            out.write("[walk]\nmax_file_bytes = 500000000\n")
        print({name: len(items) for name, items in details.items()}, os.path.getsize(path), "bytes")
        report = os.path.join(folder, "report.jsonl")
        began = time.monotonic()
        subprocess.run([binary, "scan", folder, "--format", "jsonl", "--output", report,
                        "--fail-on", "none"], check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        wall = time.monotonic() - began
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        findings = sum(1 for _ in open(report))
        print(f"{used.ru_utime + used.ru_stime:.2f} s CPU, {wall:.2f} s wall, "
              f"{used.ru_maxrss / 1024:.0f} MiB peak, {findings} findings")


main()
