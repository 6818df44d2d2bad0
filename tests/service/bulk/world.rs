//! The functions of bulk coding as libraries, on a bucket, tables and queues of their own in the
//! emulator. The test deals out the messages, so that it can deal them out wrongly.

use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use classifier::Models;
use domain::{
    ClientId, Counts, Operation, OperationId, OperationStatus, RangeText, Selection, Tier,
};
use jiff::Timestamp;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use split_upload::Cut;
use store::sdk::dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};
use store::sdk::s3::types::{BucketLocationConstraint, CreateBucketConfiguration};
use store::sdk::{dynamodb, s3, sqs};
use store::{Files, Operations, Queues};
use uuid::Uuid;

use super::faults::Faults;
use crate::functions::model_dir;
use crate::stack::aws;

static MODELS: LazyLock<Arc<Models>> =
    LazyLock::new(|| Arc::new(Models::open(model_dir()).unwrap()));

/// How often a message is dealt out before it is a dead letter, as in the template.
const MOST_RECEIVES: usize = 5;
/// So often nothing may be in the queues before an operation counts as stuck.
const MOST_IDLE: usize = 20;

/// How messages are dealt out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dealing {
    /// How often at the same time.
    pub(crate) times: usize,
    /// How often each is broken off somewhere in the middle first.
    pub(crate) kills: usize,
}

impl Dealing {
    pub(crate) const ONCE: Self = Self { times: 1, kills: 0 };
}

/// A bucket, tables and queues with nothing else in them.
pub(crate) struct World {
    operations: Operations,
    s3: s3::Client,
    sqs: sqs::Client,
    bucket: String,
    chunks_url: String,
    finish_url: String,
    split: Arc<split_upload::Deps>,
    chunk: Arc<code_chunk::Deps>,
    finish: Arc<finish_operation::Deps>,
    fail: Arc<fail_operation::Deps>,
    client: ClientId,
    random: Mutex<StdRng>,
    messages: Mutex<Vec<String>>,
}

#[derive(Debug, Clone, Copy)]
enum Function {
    Split,
    Chunk,
    Finish,
    Fail,
}

impl World {
    /// A world whose functions meet faults, cutting files as told.
    pub(crate) async fn new(chunk_bytes: u64, faults: Faults) -> Self {
        let config = aws().await;
        let name = format!("world-{}", Uuid::new_v4());
        let quotas = format!("{name}-quotas");
        let (clean, sqs) = (dynamodb::Client::new(&config), sqs::Client::new(&config));
        create_table(&clean, &name, &["operation_id", "item"]).await;
        create_table(&clean, &quotas, &["client_id"]).await;
        let s3 = s3::Client::new(&config);
        create_bucket(&s3, &name).await;
        let chunks_url = create_queue(&sqs, &format!("{name}-chunks")).await;
        let finish_url = create_queue(&sqs, &format!("{name}-finish")).await;

        let seed = faults.seed();
        let operations =
            |config| Operations::new(dynamodb::Client::from_conf(config), &name, &quotas);
        let faulty_operations = operations(faults.dynamodb(&config));
        let faulty_files = Files::new(s3::Client::from_conf(faults.s3(&config)), &name, "a-key");
        let faulty_queues =
            Queues::new(sqs::Client::from_conf(faults.sqs(&config)), &chunks_url, &finish_url);
        let cut = Cut { chunk_bytes, chunks_at_once: 3, inflated_limit: 1 << 20 };
        Self {
            operations: Operations::new(clean, &name, &quotas),
            split: Arc::new(split_upload::Deps {
                operations: faulty_operations.clone(),
                files: faulty_files.clone(),
                queues: faulty_queues.clone(),
                cut,
            }),
            chunk: Arc::new(code_chunk::Deps {
                models: Arc::clone(&MODELS),
                operations: faulty_operations.clone(),
                files: faulty_files.clone(),
                queues: faulty_queues,
            }),
            finish: Arc::new(finish_operation::Deps {
                operations: faulty_operations.clone(),
                files: faulty_files.clone(),
            }),
            fail: Arc::new(fail_operation::Deps {
                operations: faulty_operations,
                files: faulty_files,
            }),
            s3,
            sqs,
            bucket: name,
            chunks_url,
            finish_url,
            client: ClientId::new("a-client"),
            random: Mutex::new(StdRng::seed_from_u64(seed)),
            messages: Mutex::default(),
        }
    }

    /// An operation whose file has arrived.
    pub(crate) async fn uploaded(&self, file: &[u8]) -> OperationId {
        let model = MODELS.registry().select("osca", Selection::Latest).unwrap();
        let left = Tier::Partner.limits().records_per_day.into();
        let operation = Operation::new(self.client.clone(), model, left, Timestamp::now());
        assert!(self.operations.create(&operation, 1_000).await.unwrap());
        let id = operation.operation_id;
        let put = self.s3.put_object().bucket(&self.bucket).key(format!("uploads/{id}"));
        put.body(file.to_vec().into()).send().await.unwrap();
        id
    }

    /// Deals out all messages until the operation has ended.
    pub(crate) async fn run(&self, id: OperationId, dealing: Dealing) -> Operation {
        let key = format!("uploads/{id}");
        let notification = serde_json::json!({"Records": [{"s3": {"object": {"key": key}}}]});
        self.deal(Function::Split, notification.to_string(), dealing).await;
        let mut idle = 0;
        loop {
            let mut messages = self.receive(Function::Chunk, &self.chunks_url).await;
            messages.extend(self.receive(Function::Finish, &self.finish_url).await);
            let dealt =
                messages.into_iter().map(|(function, body)| self.deal(function, body, dealing));
            let count = futures::future::join_all(dealt).await.len();
            let operation = self.operations.find(id).await.unwrap().unwrap();
            if count == 0 && !operation.status.is_open() {
                return operation;
            }
            idle = if count == 0 { idle + 1 } else { 0 };
            assert!(idle < MOST_IDLE, "stuck: {operation:?}");
        }
    }

    /// Deals out one message until it is handled, and buries it if it never is.
    async fn deal(&self, function: Function, body: String, dealing: Dealing) {
        for _ in 0..dealing.kills {
            let life = Duration::from_millis(self.random.lock().unwrap().random_range(0..120));
            // Whatever it was doing is broken off where it waits for an answer.
            let _ = tokio::time::timeout(life, self.call(function, body.clone())).await;
        }
        for _ in 0..MOST_RECEIVES {
            let calls = (0..dealing.times).map(|_| self.call(function, body.clone()));
            if futures::future::join_all(calls).await.into_iter().all(|is_handled| is_handled) {
                return;
            }
        }
        while !self.call(Function::Fail, body.clone()).await {}
    }

    async fn call(&self, function: Function, body: String) -> bool {
        match function {
            Function::Split => split_upload::handle(self.split.clone(), body).await.is_ok(),
            Function::Chunk => code_chunk::handle(self.chunk.clone(), body).await.is_ok(),
            Function::Finish => finish_operation::handle(self.finish.clone(), body).await.is_ok(),
            Function::Fail => fail_operation::handle(self.fail.clone(), body).await.is_ok(),
        }
    }

    async fn receive(&self, function: Function, url: &str) -> Vec<(Function, String)> {
        let receive = self.sqs.receive_message().queue_url(url).max_number_of_messages(10);
        let messages = receive.send().await.unwrap().messages.unwrap_or_default();
        let mut bodies = Vec::new();
        for message in messages {
            let delete = self.sqs.delete_message().queue_url(url);
            delete.receipt_handle(message.receipt_handle.unwrap()).send().await.unwrap();
            bodies.push((function, message.body.unwrap()));
        }
        self.messages.lock().unwrap().extend(bodies.iter().map(|(_, body)| body.clone()));
        bodies
    }

    /// Everything that was in a queue.
    pub(crate) fn messages(&self) -> Vec<String> {
        self.messages.lock().unwrap().clone()
    }

    /// The operation came out as if nothing had disturbed it, or failed with a message and left and
    /// cost nothing. Gives whether it completed.
    pub(crate) async fn check(&self, operation: &Operation, file: &[u8]) -> bool {
        let (expected, counts) = undisturbed(file);
        let charged = self.operations.records_coded(&self.client, Timestamp::now()).await.unwrap();
        let left = self.objects(operation.operation_id).await;
        match operation.status {
            OperationStatus::Completed => {
                let key = format!("results/{}.jsonl", operation.operation_id);
                let get = self.s3.get_object().bucket(&self.bucket).key(&key).send().await.unwrap();
                let result = get.body.collect().await.unwrap().into_bytes();
                assert_eq!(operation.counts, counts);
                assert!(result.as_ref() == expected, "the result is another one");
                assert_eq!(operation.result_bytes, Some(result.len() as u64));
                assert_eq!(charged, counts.coded());
                assert_eq!(left, [key]);
                true
            }
            OperationStatus::Failed => {
                assert!(operation.message.is_some());
                assert_eq!(charged, 0);
                assert_eq!(left, Vec::<String>::new());
                false
            }
            status => panic!("{status:?}"),
        }
    }

    async fn objects(&self, id: OperationId) -> Vec<String> {
        let list = self.s3.list_objects_v2().bucket(&self.bucket).send().await.unwrap();
        let keys = list.contents.unwrap_or_default().into_iter().filter_map(|object| object.key);
        keys.filter(|key| key.contains(&id.to_string())).collect()
    }
}

/// What a file is coded to when it is read in one go.
fn undisturbed(file: &[u8]) -> (Vec<u8>, Counts) {
    let model = MODELS.registry().select("osca", Selection::Latest).unwrap();
    let mut text = RangeText::new(&(0..file.len() as u64), file.len() as u64);
    text.add(file);
    let mut out = Vec::new();
    let loaded = MODELS.get(model).unwrap();
    let counts = code_chunk::code_lines(loaded, model.threshold, text.lines(), &mut out).unwrap();
    (out, counts)
}

async fn create_table(client: &dynamodb::Client, name: &str, keys: &[&str]) {
    let mut create =
        client.create_table().table_name(name).billing_mode(BillingMode::PayPerRequest);
    for (key, kind) in keys.iter().zip([KeyType::Hash, KeyType::Range]) {
        let attribute = AttributeDefinition::builder().attribute_name(*key);
        let attribute = attribute.attribute_type(ScalarAttributeType::S).build().unwrap();
        let element = KeySchemaElement::builder().attribute_name(*key).key_type(kind);
        create = create.attribute_definitions(attribute).key_schema(element.build().unwrap());
    }
    create.send().await.unwrap();
}

async fn create_bucket(client: &s3::Client, name: &str) {
    let region = BucketLocationConstraint::from("ap-southeast-2");
    let place = CreateBucketConfiguration::builder().location_constraint(region).build();
    client.create_bucket().bucket(name).create_bucket_configuration(place).send().await.unwrap();
}

async fn create_queue(client: &sqs::Client, name: &str) -> String {
    client.create_queue().queue_name(name).send().await.unwrap().queue_url.unwrap()
}
