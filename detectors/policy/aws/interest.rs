//! The actions that rules ask about, numbered, so that a statement is matched against all of them
//! once, when its document is read, and not once per question.

use super::{document::Selector, escalation::PATHS, power::ADMINISTRATOR};
use std::{
    collections::{BTreeSet, HashMap},
    sync::LazyLock,
};

/// Actions that rules ask about beside those of the escalation table, in lower case.
const ALSO: [&str; 4] = [
    "secretsmanager:getsecretvalue",
    "ssm:getparameter",
    "ssm:getparametersbypath",
    "sts:assumerolewithwebidentity",
];

const WORDS: usize = 4;

static NUMBERS: LazyLock<HashMap<&'static str, usize>> = LazyLock::new(|| {
    let table = PATHS.iter().flat_map(|path| &path.needs).map(|need| need.action.as_str());
    let all: BTreeSet<&str> = table.chain(ADMINISTRATOR).chain(ALSO).collect();
    all.into_iter().take(WORDS * 64).enumerate().map(|(number, action)| (action, number)).collect()
});

/// The number of an action, lower case; `None` for one that no rule is known to ask about.
pub(super) fn number(action: &str) -> Option<usize> {
    NUMBERS.get(action).copied()
}

/// A set of numbered actions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Actions([u64; WORDS]);

impl Actions {
    /// The numbered actions that a selector selects.
    pub(super) fn of(selector: &Selector) -> Actions {
        let mut set = Actions::default();
        for pattern in &selector.patterns {
            if pattern.is_everything() {
                set.0 = [u64::MAX; WORDS];
            } else if pattern.is_literal() {
                number(pattern.text()).into_iter().for_each(|n| set.insert(n));
            } else {
                let matching = NUMBERS.iter().filter(|(action, _)| pattern.matches(action));
                matching.for_each(|(_, number)| set.insert(*number));
            }
        }
        if selector.negated {
            set.0 = set.0.map(|word| !word);
        }
        set
    }

    fn insert(&mut self, number: usize) {
        if let Some(word) = self.0.get_mut(number / 64) {
            *word |= 1 << (number % 64);
        }
    }

    /// Whether a number is in the set.
    pub(super) fn has(&self, number: usize) -> bool {
        self.0.get(number / 64).is_some_and(|word| word >> (number % 64) & 1 == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::aws::Pattern;

    #[test]
    fn every_action_has_a_number_and_the_set_agrees_with_the_selector() {
        assert!(NUMBERS.len() < WORDS * 64, "{}", NUMBERS.len());
        for (negated, patterns) in [
            (false, vec!["iam:*", "lambda:CreateFunction"]),
            (true, vec!["iam:Pass*"]),
            (false, vec!["*"]),
            (true, vec!["*"]),
            (false, vec![]),
        ] {
            let patterns = patterns.into_iter().map(Pattern::action).collect();
            let selector = Selector { negated, patterns };
            let set = Actions::of(&selector);
            for (action, number) in NUMBERS.iter() {
                assert_eq!(set.has(*number), selector.selects(action), "{action}");
            }
        }
    }
}
