//! What stands between the source and the wire: the allow-list, and the count of requests.

use super::operations::allowed;
use aws_sdk_iam::{
    config::{
        ConfigBag, Intercept, RuntimeComponents,
        interceptors::{
            BeforeSerializationInterceptorContextRef, BeforeTransmitInterceptorContextRef,
        },
    },
    error::BoxError,
};
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// Refuses operations that the table does not name, counts requests that are sent: each try and
/// each page is one.
#[derive(Clone, Debug, Default)]
pub(super) struct Guard {
    requests: Arc<AtomicU64>,
}

/// An operation that the table does not name. A fault of ours: nothing was sent.
#[derive(Debug, thiserror::Error)]
#[error("{0} is not an allowed operation")]
pub(super) struct NotAllowed(String);

impl Guard {
    /// How many requests were sent.
    pub(super) fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }
}

impl Intercept for Guard {
    fn name(&self) -> &'static str {
        "overstay-guard"
    }

    // The operation is not known yet when `read_before_execution` asks a client's interceptors.
    fn read_before_serialization(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let operation = bag.load::<Metadata>();
        let known = operation.and_then(|o| allowed(o.service(), o.name()));
        match (known, operation) {
            (Some(_), _) => Ok(()),
            (None, Some(o)) => Err(NotAllowed(format!("{}:{}", o.service(), o.name())).into()),
            (None, None) => Err(NotAllowed("an operation without a name".to_owned()).into()),
        }
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}
