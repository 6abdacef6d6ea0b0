#!/usr/bin/env python3
"""Scores Overstay, and Kingfisher when its binary is given, on CredData (https://github.com/Samsung/CredData).

    benches/creddata.py OVERSTAY CREDDATA [KINGFISHER]

CREDDATA is a checkout whose `data` was laid out with `download_data.py`. A hit counts when it lies in the span of a labelled
line: right when one label there is T, wrong when all are F; X (passwords that everybody knows) and lines without a label
are told apart. Recall leaves out what is no secret by itself: UUID, nonce, salt, bucket, client id.
"""
import collections
import csv
import glob
import json
import os
import subprocess
import sys
import tempfile

NO_SECRET = {"UUID", "Nonce", "Salt", "AWS S3 Bucket", "Client ID"}


def evidence(binary, root):
    """Places of medium confidence or higher."""
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "evidence.jsonl")
        subprocess.run([binary, "collect", "data", "-o", out], cwd=root, check=True, stderr=subprocess.DEVNULL)
        for record in map(json.loads, open(out)):
            if record.get("fingerprint") and record.get("confidence") in ("medium", "high"):
                for place in record.get("places", []):
                    yield place["location"]


def findings(binary, root):
    """Places of findings above note."""
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "findings.jsonl")
        command = [binary, "scan", "data", "--format", "jsonl", "--fail-on", "none", "-o", out]
        subprocess.run(command, cwd=root, stderr=subprocess.DEVNULL)
        for record in map(json.loads, open(out)):
            if record.get("rule") == "leaked-credential" and record["band"] != "note":
                yield from record["locations"]
                yield from (related.get("location", related) for related in record.get("related", []))


def kingfisher(binary, root):
    """Places of Kingfisher's findings, default rules, no validation."""
    flags = ["--git-history", "none", "--no-validate", "--no-update-check", "-q", "-f", "jsonl"]
    out = subprocess.run([binary, "scan", "data", *flags], cwd=root, capture_output=True).stdout
    for line in out.splitlines():
        if line.startswith(b"{") and (found := json.loads(line).get("finding")):
            last = found["line"] + found.get("snippet", "").count("\n")
            path = found["path"]
            yield {"path": path[path.index("data/") + 5 :], "region": {"start_line": found["line"], "end_line": last}}


def score(name, places, rows):
    spans = collections.defaultdict(set)
    for place in places:
        region = place.get("region") or {}
        first = region.get("start_line", 0)
        spans["data/" + place["path"]].add((first, region.get("end_line", first)))
    count, found, all_true = collections.Counter(), 0, 0
    for path, labels in rows.items():
        met = lambda row, span: int(row["LineStart"]) <= span[1] and span[0] <= int(row["LineEnd"])
        for span in spans.get(path, ()):
            here = {row["GroundTruth"] for row in labels if met(row, span)}
            count["T" if "T" in here else "F" if "F" in here else "X" if here else "none"] += 1
        for row in labels:
            if row["GroundTruth"] == "T" and not NO_SECRET & set(row["Category"].split(":")):
                all_true += 1
                found += any(met(row, span) for span in spans.get(path, ()))
    right, wrong = count["T"], count["F"]
    print(
        f"{name}: {right} right, {wrong} wrong, {count['X']} of label X, {count['none']} without a label; "
        f"precision {right / max(1, right + wrong):.3f}, recall {found / max(1, all_true):.2f} ({found} of {all_true})"
    )


def main():
    overstay, root = os.path.abspath(sys.argv[1]), sys.argv[2]
    rows = collections.defaultdict(list)
    for table in glob.glob(os.path.join(root, "meta", "*.csv")):
        for row in csv.DictReader(open(table)):
            rows[row["FilePath"]].append(row)
    score("Overstay, evidence", evidence(overstay, root), rows)
    score("Overstay, findings above note", findings(overstay, root), rows)
    if len(sys.argv) > 3:
        score("Kingfisher", kingfisher(os.path.abspath(sys.argv[3]), root), rows)


if __name__ == "__main__":
    main()
