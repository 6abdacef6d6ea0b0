#!/usr/bin/env python3
"""Writes a large audit log and measures how it is read.

    cargo build --release
    python3 benches/vault_audit_scale.py target/release/overstay [MEGABYTES]

The log has requests and answers of 2,000 entities on 5,000 paths, a login every twentieth request
and a lease every fiftieth, in the shape that OpenBao writes. Prints speed, CPU and peak memory of
`overstay collect`.
"""

import datetime
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time


def digest(text):
    return "hmac-sha256:" + hashlib.sha256(text.encode()).hexdigest()


def entry(number, dice, clock):
    who = dice.randrange(2000)
    auth = {
        "client_token": digest(f"token-{who}"), "accessor": digest(f"accessor-{who}"),
        "display_name": f"approle-{who}", "policies": ["app", "default"],
        "token_policies": ["app", "default"], "entity_id": f"e-{who:08}", "token_type": "service",
        "policy_results": {"allowed": True, "granting_policies": [
            {"name": "app", "namespace_id": "root", "type": "acl"}]},
        "metadata": {"role_name": f"app-{who % 90}", "owner": f"owner-{who % 40}"},
        "token_issue_time": "2026-11-20T00:00:00Z", "token_ttl": 3600,
    }
    path = f"secret/data/team-{dice.randrange(100)}/app-{dice.randrange(50)}"
    request = {
        "id": f"{number:032x}", "operation": "read", "mount_point": "secret/", "mount_type": "kv",
        "mount_accessor": "kv_1f2e3d4c", "client_token": auth["client_token"],
        "client_token_accessor": auth["accessor"], "namespace": {"id": "root"}, "path": path,
        "remote_address": f"10.1.{who // 250}.{who % 250}", "remote_port": 40000 + who,
    }
    response = {"mount_type": "kv", "mount_point": "secret/", "data": {
        "data": {"password": digest(f"{path}-{number}")}, "metadata": {"version": 3}}}
    if number % 20 == 0:
        request |= {"operation": "update", "path": "auth/approle/login",
                    "mount_point": "auth/approle/", "mount_type": "approle"}
        response = {"auth": auth | {"accessor": digest(f"accessor-{number}")}}
    elif number % 50 == 1:
        request |= {"path": f"database/creds/role-{who % 30}", "mount_point": "database/"}
        response = {"secret": {"lease_id": f"database/creds/role-{who % 30}/{number}"}}
    at = (clock + datetime.timedelta(milliseconds=5 * number)).isoformat() + "Z"
    head = {"time": at, "auth": auth, "request": request}
    yield json.dumps({**head, "type": "request"}, separators=(",", ":"))
    yield json.dumps({**head, "type": "response", "response": response}, separators=(",", ":"))


def write(path, size):
    dice, clock = random.Random(7), datetime.datetime(2026, 11, 20)
    written = lines = number = 0
    with open(path, "w") as log:
        while written < size:
            for line in entry(number, dice, clock):
                written += log.write(line + "\n")
                lines += 1
            number += 1
    return lines


def main():
    binary = os.path.abspath(sys.argv[1])
    size = int(sys.argv[2]) * 1_000_000 if len(sys.argv) > 2 else 1_000_000_000
    folder = tempfile.mkdtemp(prefix="overstay-audit-")
    try:
        log = os.path.join(folder, "audit.log")
        lines = write(log, size)
        start = time.monotonic()
        with open(os.path.join(folder, "evidence.jsonl"), "wb") as out:
            child = subprocess.Popen([binary, "collect", "--source", f"vault-audit={log}"],
                                     env={"CI": "1"}, stdout=out)
            _, status, usage = os.wait4(child.pid, 0)
        wall, cpu = time.monotonic() - start, usage.ru_utime + usage.ru_stime
        with open(os.path.join(folder, "evidence.jsonl"), "rb") as evidence:
            records = sum(1 for _ in evidence)
        print(f"{size / 1e6:.0f} MB, {lines} lines, exit {os.waitstatus_to_exitcode(status)}: "
              f"{wall:.1f} s wall, {cpu:.1f} s CPU, {size / 1e6 / cpu:.0f} MB/s of CPU, "
              f"{usage.ru_maxrss / 1024:.0f} MiB, {records} records")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
