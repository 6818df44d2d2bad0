//! A service that codes nothing: it plays the tokens, the operations and the store of files.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use flate2::read::GzDecoder;
use serde_json::{Value, json};

pub(crate) const OPERATION: &str = "6b1f7c1e-5c0a-4c43-9d55-0c6a9f1b2f11";
pub(crate) const SECRET: &str = "a-secret-of-the-test";
const KEY: &str = "arn:aws:kms:ap-southeast-2:000000000000:key/1";

/// How the service behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    Good,
    /// The first creation is refused for a second.
    Busy,
    /// The client is no partner.
    Forbidding,
    /// All of the day's records are used up.
    UsedUp,
    /// Coding fails.
    Failing,
    /// Coding does not end.
    Slow,
    /// The connection breaks in the middle of the first upload.
    BreakingUpload,
    /// An upload never ends.
    Deaf,
    /// The connection breaks in the middle of the first download.
    BreakingDownload,
    /// It breaks at the end of an upload, before it is answered.
    Mute,
    /// The result is shorter than the operation says.
    Short,
    /// The result's lines are in another order.
    Muddled,
}

/// What has been seen so far.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) creations: usize,
    pub(crate) uploads: usize,
    pub(crate) looks: usize,
    pub(crate) downloads: Vec<Option<String>>,
    pub(crate) cancelled: bool,
    /// The lines of the upload.
    pub(crate) lines: Vec<Value>,
}

/// A running service.
pub(crate) struct Service {
    pub(crate) url: String,
    mood: Mutex<Mood>,
    seen: Mutex<Seen>,
}

struct Request {
    line: String,
    headers: HashMap<String, String>,
    body: Vec<u8>,
}

struct Answer {
    status: u16,
    headers: String,
    body: Vec<u8>,
    /// How many bytes of the body are promised.
    length: usize,
}

impl Service {
    pub(crate) fn start(mood: Mood) -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let service = Arc::new(Self { url, mood: Mutex::new(mood), seen: Mutex::default() });
        let serving = Arc::clone(&service);
        thread::spawn(move || {
            for socket in listener.incoming().flatten() {
                let serving = Arc::clone(&serving);
                thread::spawn(move || serving.serve(&socket));
            }
        });
        service
    }

    pub(crate) fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap()
    }

    pub(crate) fn becomes(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    fn mood(&self) -> Mood {
        *self.mood.lock().unwrap()
    }

    /// One request a connection. A caller may hang up at any time.
    fn serve(&self, mut socket: &TcpStream) {
        let Some(request) = self.read(socket) else { return };
        let Answer { status, headers, body, length } = self.answer(&request);
        let head = format!(
            "HTTP/1.1 {status} x\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n"
        );
        let _ = socket.write_all(head.as_bytes()).and_then(|()| socket.write_all(&body));
    }

    fn read(&self, socket: &TcpStream) -> Option<Request> {
        let mut reader = BufReader::new(socket);
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        let mut headers = HashMap::new();
        for header in reader.by_ref().lines() {
            let header = header.ok()?;
            let Some((name, value)) = header.split_once(": ") else { break };
            headers.insert(name.to_lowercase(), value.to_owned());
        }
        let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
        let is_upload = line.starts_with("PUT");
        if is_upload {
            self.seen().uploads += 1;
        }
        if is_upload && self.mood() == Mood::BreakingUpload && self.seen().uploads == 1 {
            return None;
        }
        while is_upload && self.mood() == Mood::Deaf {
            thread::sleep(Duration::from_millis(10));
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        if is_upload && self.mood() == Mood::Mute {
            return None;
        }
        Some(Request { line: line.trim_end().to_owned(), headers, body })
    }

    fn answer(&self, request: &Request) -> Answer {
        let mut words = request.line.split(' ');
        let (method, path) = (words.next().unwrap(), words.next().unwrap());
        let operation = format!("/v1/topics/osca/batch-code/operations/{OPERATION}");
        match (method, path) {
            ("POST", "/token") => token(request),
            ("PUT", "/upload") => self.store(request),
            ("GET", "/result") => self.result(request),
            _ if request.headers.get("authorization").is_none_or(|token| token != "a-token") => {
                refusal(403, "User is not authorized to access this resource with an explicit deny")
            }
            ("POST", "/v1/topics/osca/batch-code") => self.create(),
            ("POST", "/v1/topics/osca/code") => code(request),
            ("GET", path) if path == operation => self.look(),
            ("DELETE", path) if path == operation => {
                self.seen().cancelled = true;
                answer(&self.operation("CANCELLED", 0))
            }
            _ => refusal(404, "The specified operation does not exist"),
        }
    }

    fn create(&self) -> Answer {
        let creations = {
            let mut seen = self.seen();
            seen.creations += 1;
            seen.creations
        };
        match self.mood() {
            Mood::Busy if creations == 1 => {
                let refusal = refusal(429, "Too Many Requests");
                Answer { headers: "retry-after: 1\r\n".to_owned(), ..refusal }
            }
            Mood::UsedUp => {
                let refusal = refusal(429, "Limit Exceeded");
                Answer { headers: "retry-after: 5000\r\n".to_owned(), ..refusal }
            }
            Mood::Forbidding => {
                refusal(403, "User is not authorized to access this resource with an explicit deny")
            }
            _ => answer(&json!({
                "requestUploadUrl": format!("{}/upload", self.url),
                "operationId": OPERATION,
                "bucketKmsKeyArn": KEY,
            })),
        }
    }

    fn store(&self, request: &Request) -> Answer {
        let header = |name: &str| request.headers.get(name).map(String::as_str);
        assert_eq!(header("x-amz-server-side-encryption"), Some("aws:kms"));
        assert_eq!(header("x-amz-server-side-encryption-aws-kms-key-id"), Some(KEY));
        assert_eq!(header("authorization"), None);
        assert_eq!(header("transfer-encoding"), None);
        if self.mood() == Mood::BreakingUpload {
            return answer(&json!({}));
        }
        let mut text = String::new();
        GzDecoder::new(request.body.as_slice()).read_to_string(&mut text).unwrap();
        let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
        self.seen().lines = lines.collect();
        answer(&json!({}))
    }

    fn look(&self) -> Answer {
        let (looks, uploads, records) = {
            let mut seen = self.seen();
            seen.looks += 1;
            (seen.looks, seen.uploads, seen.lines.len())
        };
        answer(&match (self.mood(), looks) {
            _ if uploads == 0 => self.operation("AWAITING_UPLOAD", 0),
            (Mood::Slow, _) | (_, 1) => self.operation("IN_PROGRESS", records / 2),
            (Mood::Failing, _) => self.operation("FAILED", 0),
            _ => self.operation("COMPLETED", records),
        })
    }

    fn operation(&self, status: &str, coded: usize) -> Value {
        let mut operation = json!({
            "operationId": OPERATION, "status": status, "topic": "osca",
            "modelId": "cdabc618-e8eb-5eca-a8f7-95af13c38d6e", "createdAt": "2026-11-25T01:02:03Z",
            "recordsCoded": coded, "recordsSuccessful": coded, "recordsUnsuccessful": 0,
            "recordsInvalid": 0, "percentComplete": if status == "COMPLETED" { 100 } else { 50 },
        });
        match status {
            "COMPLETED" => {
                operation["recordsTotal"] = coded.into();
                operation["resultDownloadUrl"] = format!("{}/result", self.url).into();
                operation["resultSizeBytes"] = self.result_bytes().len().into();
            }
            "FAILED" => operation["message"] = "the uploaded file is not valid gzip".into(),
            _ => {}
        }
        operation
    }

    fn result_bytes(&self) -> Vec<u8> {
        let mut lines: Vec<String> = self.seen().lines.iter().map(coded).collect();
        if self.mood() == Mood::Muddled {
            lines.reverse();
        }
        lines.concat().into_bytes()
    }

    fn result(&self, request: &Request) -> Answer {
        assert_eq!(request.headers.get("authorization"), None);
        let range = request.headers.get("range").cloned();
        let first = range.as_deref().map_or(0, |range| {
            range.trim_start_matches("bytes=").trim_end_matches('-').parse().unwrap()
        });
        let body = self.result_bytes().split_off(first);
        let status = if range.is_some() { 206 } else { 200 };
        let mut seen = self.seen();
        seen.downloads.push(range);
        let half = body[..body.len() / 2].to_vec();
        let whole = Answer { status, headers: String::new(), length: body.len(), body };
        match self.mood() {
            Mood::BreakingDownload if seen.downloads.len() == 1 => Answer { body: half, ..whole },
            Mood::Short => Answer { length: half.len(), body: half, ..whole },
            _ => whole,
        }
    }
}

fn answer(body: &Value) -> Answer {
    let body = body.to_string().into_bytes();
    Answer { status: 200, headers: String::new(), length: body.len(), body }
}

fn refusal(status: u16, message: &str) -> Answer {
    Answer { status, ..answer(&json!({"message": message})) }
}

fn token(request: &Request) -> Answer {
    // `Basic` of "the-client:a-secret-of-the-test".
    let expected = "Basic dGhlLWNsaWVudDphLXNlY3JldC1vZi10aGUtdGVzdA==";
    if request.headers.get("authorization").is_some_and(|header| header == expected) {
        answer(&json!({"access_token": "a-token", "expires_in": 3600, "token_type": "Bearer"}))
    } else {
        Answer { status: 401, ..answer(&json!({"error": "invalid_client"})) }
    }
}

fn code(request: &Request) -> Answer {
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    let result = match body["record"]["occp_text"].as_str().unwrap() {
        "brickie" => {
            json!([{"codeCategory": "371131", "codeLabel": "Bricklayer", "codeConfidence": 0.98}])
        }
        _ => json!([]),
    };
    answer(&json!({
        "recordId": null, "codeStatus": "successful", "input": body["record"], "result": result,
    }))
}

/// A line of the result: bricklayers are coded, and nobody else.
fn coded(line: &Value) -> String {
    let candidate = |code: &str| json!({"codeCategory": code, "codeLabel": "Bricklayer", "codeConfidence": 0.98});
    let is_coded = line["occp_text"] == "brickie";
    let result = json!({
        "recordId": line["recordId"],
        "codeStatus": if is_coded { "successful" } else { "unsuccessful" },
        "input": line,
        "result": is_coded.then(|| candidate("371131")),
        "suggestions": (!is_coded).then(|| [candidate("111111"), candidate("2222")]),
    });
    result.to_string() + "\n"
}
