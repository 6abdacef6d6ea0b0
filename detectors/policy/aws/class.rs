//! Principals that no policy tells apart: what one of them may do to a resource, all may. Whole
//! fleets of roles are one class, so that every question is asked once for all of them.

use super::{
    document::Document,
    view::{Kind, Principal},
};
use std::collections::HashMap;

/// Principals of one kind and account with the same documents and the same boundary.
#[derive(Clone, Debug, Default)]
pub struct Class {
    /// Indexes of its principals, ascending.
    pub members: Vec<usize>,
}

/// What makes a class. The last part sets principals apart whose documents name their holder.
type Key<'a> = (Kind, &'a str, Vec<usize>, Option<Option<usize>>, Option<usize>);

/// Sorts principals into classes, in the order of their first members, and tells each its class.
/// `bound` are the documents that the organisation sets above an account.
pub(super) fn classify<'a>(
    principals: &'a [Principal],
    documents: &[Document],
    bound: impl Fn(&'a str) -> Vec<usize>,
) -> (Vec<Class>, Vec<usize>) {
    let personal: Vec<bool> = documents.iter().map(Document::is_personal).collect();
    let is_personal = |index: &usize| personal.get(*index).copied().unwrap_or_default();
    let mut above: HashMap<&str, bool> = HashMap::new();
    let mut numbers: HashMap<Key, usize> = HashMap::new();
    let mut classes: Vec<Class> = Vec::new();
    let mut class_of = Vec::with_capacity(principals.len());
    for (index, principal) in principals.iter().enumerate() {
        let mut held: Vec<usize> = principal.held.iter().map(|h| h.document).collect();
        held.sort_unstable();
        held.dedup();
        let account = principal.account.as_str();
        let own = *above.entry(account).or_insert_with(|| bound(account).iter().any(is_personal))
            || held.iter().chain(principal.boundary.iter().flatten()).any(is_personal);
        // Service-linked roles are bound by no service control policy.
        let apart = (own || principal.is_service_linked()).then_some(index);
        let key = (principal.kind, account, held, principal.boundary, apart);
        let class = *numbers.entry(key).or_insert_with(|| {
            classes.push(Class::default());
            classes.len() - 1
        });
        classes[class].members.push(index);
        class_of.push(class);
    }
    (classes, class_of)
}
