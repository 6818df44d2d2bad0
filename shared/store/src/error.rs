use domain::{Failure, Kind};

/// A call to AWS failed, or a stored item is not of the expected shape.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The SDK gave up, after its own retries.
    #[error("{operation} failed")]
    Call {
        /// Which operation.
        operation: &'static str,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// An item could not be read.
    #[error("an item of the {table} table is not of the expected shape")]
    Item {
        /// In which table.
        table: &'static str,
        /// What is wrong with it.
        #[source]
        source: serde_dynamo::Error,
    },
    /// DynamoDB was too busy to answer for every key.
    #[error("{operation} answered for some keys only")]
    Incomplete {
        /// Which operation.
        operation: &'static str,
    },
    /// A change was asked for a client that has no registration.
    #[error("there is no registration of that client")]
    NoRegistration,
}

impl StoreError {
    pub(crate) fn call(
        operation: &'static str,
        source: impl std::error::Error + Send + Sync + 'static,
    ) -> Self {
        Self::Call { operation, source: Box::new(source) }
    }
}

impl Failure for StoreError {
    fn kind(&self) -> Kind {
        Kind::Internal
    }
}
