//! A scan that knows what an earlier one read gives what a whole scan gives.

use super::{Repo, config_line, context, read, token};
use crate::{
    config::Walk,
    sources::{
        GitScope,
        git::{
            Reading,
            history::{self, Wanted},
        },
    },
    state::Seen,
};
use overstay_detectors::{
    evidence::Record,
    readers::secrets::{FingerprintKey, Matcher},
};
use std::{fs, path::Path};

fn records(root: &Path, state: Option<&Path>) -> Vec<Record> {
    let mut context = context(GitScope::History);
    context.state = state.map(Path::to_owned);
    Reading::new(root, &context).read()
}

struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 33) as usize % limit
    }
}

const PATHS: [&str; 6] = ["a.toml", "b.toml", "c.yaml", "d/e.toml", "d/f.md", "noextension"];

fn edit(repo: &Repo, random: &mut Random) {
    let path = PATHS[random.below(PATHS.len())];
    let old = fs::read_to_string(repo.path().join(path)).unwrap_or_default();
    let mut lines: Vec<String> = old.lines().map(str::to_owned).collect();
    for _ in 0..=random.below(5) {
        let at = random.below(lines.len() + 1);
        match random.below(4) {
            0 if at < lines.len() => {
                lines.remove(at);
            }
            1 => lines.insert(at, config_line(random.below(9) as u64).trim().to_owned()),
            _ => lines.insert(at, format!("line number {} of {at}", random.below(1000))),
        }
    }
    repo.write(path, &(lines.join("\n") + "\n"));
}

/// One thing that happens to a repository.
fn happen(repo: &Repo, step: usize, random: &mut Random) {
    let time = format!("2026-01-01T{:02}:{:02}:00Z", step / 60 + 1, step % 60);
    let git = |args: &[&str]| repo.git_at(&time, args);
    match random.below(12) {
        0 => {
            git(&["checkout", "-q", "-b", &format!("branch{step}")]);
        }
        1 => {
            // A merge that brings something of its own.
            git(&["merge", "-q", "--no-ff", "--no-commit", "-s", "ours", "main"]);
            edit(repo, random);
        }
        2 => {
            // A branch that is pushed by force.
            if repo.git(&["rev-list", "--count", "HEAD"]).parse::<u32>().unwrap() > 4 {
                git(&["reset", "-q", "--hard", "HEAD~2"]);
            }
        }
        3 => {
            git(&["reflog", "expire", "--expire=now", "--all"]);
            git(&["gc", "-q", "--prune=now"]);
        }
        4 => {
            git(&["repack", "-q", "-a", "-d", "-f", "--depth=20"]);
        }
        5 => {
            git(&["checkout", "-q", "-f", "main"]);
        }
        6 => {
            let path = PATHS[random.below(PATHS.len())];
            git(&["rm", "-q", "-f", "--ignore-unmatch", path]);
        }
        7 => {
            // The same bytes under the name of another kind of file.
            let text = fs::read(repo.path().join(PATHS[random.below(PATHS.len())]));
            fs::write(repo.path().join("copy.md"), text.unwrap_or_default()).unwrap();
        }
        8 => {
            let message = format!("says {}", token(random.below(9) as u64 + 20));
            git(&["tag", "-f", "-a", "moving", "-m", &message]);
        }
        _ => edit(repo, random),
    }
    git(&["add", "-A"]);
    git(&["commit", "-q", "--allow-empty", "-m", &format!("step {step}")]);
}

#[test]
fn what_is_read_anew_and_what_was_read_before_make_the_whole() {
    for seed in 1..=4 {
        let repo = Repo::new();
        repo.commit("a.toml", "first = 1\n", "first");
        let state = tempfile::tempdir().unwrap();
        let mut random = Random(seed);
        for step in 0..48 {
            happen(&repo, step, &mut random);
            if step % 6 == 5 {
                let whole = records(repo.path(), None);
                let quick = records(repo.path(), Some(state.path()));
                assert_eq!(quick, whole, "seed {seed}, step {step}");
                assert_eq!(fs::read_dir(state.path()).unwrap().count(), 1);
            }
        }
    }
}

#[test]
fn what_was_read_is_not_read_again_unless_it_counts_as_another_kind_of_file() {
    let repo = Repo::new();
    repo.commit("clean.toml", "clean = true\n", "first");
    repo.commit("leak.toml", &config_line(1), "leak");
    let leak = gix::ObjectId::from_hex(repo.git(&["rev-parse", "HEAD:leak.toml"]).as_bytes());
    let clean = gix::ObjectId::from_hex(repo.git(&["rev-parse", "HEAD:clean.toml"]).as_bytes());
    let (leak, clean) = (leak.unwrap(), clean.unwrap());
    let repository = gix::open(repo.path()).unwrap();
    let matcher = Matcher::built_in(&FingerprintKey::new(b"test"));
    let nothing = Wanted::NOTHING;
    let scan = |seen: &Seen| history::scan(&repository, &matcher, &Walk::default(), seen, &nothing);
    let (history, seen) = scan(&Seen::EMPTY);
    assert_eq!(history.hits.len(), 1);
    // What holds something is never in the list; what holds nothing is.
    assert!(seen.rows().iter().all(|(id, _)| *id != leak));
    let class = seen.rows().iter().find(|(id, _)| *id == clean).unwrap().1;
    // A list that claims otherwise is believed: that object was not read.
    assert!(scan(&Seen::new(vec![(leak, class)])).0.hits.is_empty());
    assert_eq!(scan(&Seen::new(vec![(leak, class + 1)])).0.hits.len(), 1);
    // What is gone is dropped from the list.
    let gone = gix::ObjectId::try_from([7; 20].as_slice()).unwrap();
    assert_eq!(scan(&Seen::new(vec![(gone, class)])).1, seen);
}

#[test]
fn a_state_that_cannot_be_used_costs_time_and_no_finding() {
    let repo = Repo::new();
    repo.commit("leak.toml", &config_line(1), "leak");
    repo.commit("other.toml", "other = true\n", "other");
    let state = tempfile::tempdir().unwrap();
    let whole = records(repo.path(), None);
    let file = || fs::read_dir(state.path()).unwrap().next().unwrap().unwrap().path();
    assert_eq!(records(repo.path(), Some(state.path())), whole);
    let good = fs::read(file()).unwrap();
    for bad in [&b"nonsense"[..], &good[..good.len() - 1], &[]] {
        fs::write(file(), bad).unwrap();
        assert_eq!(records(repo.path(), Some(state.path())), whole);
        assert_eq!(fs::read(file()).unwrap(), good);
    }
    let missing = state.path().join("missing");
    assert_eq!(records(repo.path(), Some(&missing)), whole);
    assert!(read(repo.path(), GitScope::History).place(&token(1)).0 == "leak.toml");
}
