#!/usr/bin/env python3
"""Reads every AWS managed policy that moto knows, each held by a role of its own.

    pip install moto
    python3 benches/aws_managed_policies.py target/release/overstay

Prints how many policies there are, how many could not be read (the goal is none), and what the rules
say of a role that holds nothing else.
"""

import collections
import importlib.util
import json
import os
import subprocess
import sys
import tempfile

ACCOUNT = "111122223333"
TRUST = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}


def policies():
    spec = importlib.util.find_spec("moto.iam.aws_managed_policies")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name, policy in json.loads(module.aws_managed_policies_data).items():
        yield name, f"arn:aws:iam::aws:policy{policy.get('Path', '/')}{name}", policy["Document"]


def main():
    binary = os.path.abspath(sys.argv[1])
    known = sorted(policies(), key=lambda policy: policy[0])
    details = {
        "UserDetailList": [], "GroupDetailList": [],
        "RoleDetailList": [
            {"RoleName": f"holder-of-{name}", "Path": "/", "RolePolicyList": [],
             "Arn": f"arn:aws:iam::{ACCOUNT}:role/holder-of-{name}", "AssumeRolePolicyDocument": TRUST,
             "AttachedManagedPolicies": [{"PolicyName": name, "PolicyArn": arn}]}
            for name, arn, _ in known],
        "Policies": [
            {"PolicyName": name, "Arn": arn, "PolicyVersionList": [
                {"VersionId": "v1", "IsDefaultVersion": True, "Document": document}]}
            for name, arn, document in known]}
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "details.json"), "w") as out:
            json.dump(details, out)
        report = os.path.join(folder, "report.jsonl")
        said = subprocess.run([binary, "scan", folder, "--format", "jsonl", "--output", report,
                               "--fail-on", "none", "--persona", "auditor"],
                              check=True, capture_output=True, text=True)
        evidence = os.path.join(folder, "evidence.jsonl")
        with open(evidence, "w") as out:
            subprocess.run([binary, "collect", folder], check=True, stdout=out,
                           stderr=subprocess.DEVNULL)
        records = [json.loads(line) for line in open(evidence)]
        read = sum(r["kind"] == "policy" and r.get("language") == "aws-iam" for r in records)
        gaps = [r for r in records if r["kind"] == "coverage" and not r["complete"]]
        rules = collections.Counter(json.loads(line)["rule"] for line in open(report))
        print(f"{len(known)} policies, {read} read, {len(gaps)} parts not read")
        for rule, count in sorted(rules.items()):
            print(f"{count:5} {rule}")
        if gaps or read != len(known):
            print(said.stderr)
            raise SystemExit(1)


main()
