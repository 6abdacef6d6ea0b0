//! A policy that gives everything on every path.

use crate::{evidence::Estate, finding::Findings};

pub(crate) fn detect(_estate: &Estate, _findings: &mut Findings) {}
