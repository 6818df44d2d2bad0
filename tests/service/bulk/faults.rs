//! Calls to AWS that fail: before they are done, or after, when only the answer is lost.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use store::sdk::dynamodb::config::interceptors::{
    BeforeDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextRef,
};
use store::sdk::dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use store::sdk::dynamodb::error::BoxError;
use store::sdk::{dynamodb, s3, sqs};

/// Fails one of so many calls.
#[derive(Debug, Clone)]
pub(crate) struct Faults {
    seed: u64,
    one_in: Option<u32>,
    random: Arc<Mutex<StdRng>>,
    count: Arc<AtomicU64>,
}

impl Faults {
    pub(crate) fn none() -> Self {
        Self::new(0, None)
    }

    pub(crate) fn one_in(calls: u32, seed: u64) -> Self {
        Self::new(seed, Some(calls))
    }

    fn new(seed: u64, one_in: Option<u32>) -> Self {
        let random = Arc::new(Mutex::new(StdRng::seed_from_u64(seed)));
        Self { seed, one_in, random, count: Arc::default() }
    }

    pub(crate) fn seed(&self) -> u64 {
        self.seed
    }

    /// How many calls have failed.
    pub(crate) fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }

    pub(crate) fn dynamodb(&self, config: &SdkConfig) -> dynamodb::Config {
        let config = dynamodb::config::Builder::from(config).interceptor(self.clone());
        config.retry_config(self.retries()).build()
    }

    pub(crate) fn s3(&self, config: &SdkConfig) -> s3::Config {
        let config = s3::config::Builder::from(config).interceptor(self.clone());
        config.retry_config(self.retries()).build()
    }

    pub(crate) fn sqs(&self, config: &SdkConfig) -> sqs::Config {
        let config = sqs::config::Builder::from(config).interceptor(self.clone());
        config.retry_config(self.retries()).build()
    }

    /// Faults are there to reach the functions: the SDK does not try again.
    fn retries(&self) -> RetryConfig {
        match self.one_in {
            Some(_) => RetryConfig::disabled(),
            None => RetryConfig::standard(),
        }
    }

    fn perhaps(&self) -> Result<(), BoxError> {
        // Each call passes here twice, before and after.
        let is_struck = |calls| self.random.lock().unwrap().random_ratio(1, 2 * calls);
        if self.one_in.is_some_and(is_struck) {
            self.count.fetch_add(1, Ordering::Relaxed);
            return Err("a fault that a test put in".into());
        }
        Ok(())
    }
}

impl Intercept for Faults {
    fn name(&self) -> &'static str {
        "Faults"
    }

    fn read_before_transmit(
        &self,
        _context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.perhaps()
    }

    fn read_before_deserialization(
        &self,
        _context: &BeforeDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.perhaps()
    }
}
