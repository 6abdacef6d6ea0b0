//! Argo: workflows and their templates; the applications, projects and settings of Argo CD.

pub(super) mod cd;
pub(super) mod workflows;
