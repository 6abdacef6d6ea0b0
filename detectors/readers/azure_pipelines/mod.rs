use super::Document;
use crate::evidence::Record;
pub(crate) fn accepts(_: &Document) -> bool {
    false
}
pub(crate) fn read(_: &Document, _: &mut Vec<Record>) {}
