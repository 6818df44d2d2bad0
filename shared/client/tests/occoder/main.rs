//! The command line as a person uses it, against a service that is played.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod service;

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use client::{Client, ClientError, Credentials};
use serde_json::{Value, json};
use tempfile::TempDir;

use self::service::{Mood, OPERATION, SECRET, Service};

const JOBS: &str = "id,occupation,duties\n007,brickie,\"lay, bricks\"\n008,manager,\n";
const CODED: &str = "\
id,occupation,duties,code,label,level,confidence,status,code_1,code_2,code_3,code_4,code_6,suggestions,error
007,brickie,\"lay, bricks\",371131,Bricklayer,6,0.98,successful,3,37,371,3711,371131,,
008,manager,,,,,,unsuccessful,,,,,,111111 2222,
";
const BULK: [&str; 6] =
    ["bulk", "jobs.csv", "--title-column", "occupation", "--tasks-column", "duties"];
const TO_CODED: [&str; 2] = ["-o", "coded.csv"];

/// Somebody with a file, who is logged in at a service.
struct Person {
    folder: TempDir,
    service: Arc<Service>,
}

impl Person {
    fn with(mood: Mood) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("jobs.csv"), JOBS).unwrap();
        Self { folder, service: Service::start(mood) }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn coded(&self) -> String {
        std::fs::read_to_string(self.path("coded.csv")).unwrap()
    }

    /// A command that knows the service by the environment.
    fn command(&self, words: &[&str]) -> Command {
        let mut command = self.command_of_stranger(words);
        command
            .env("BASE_URL", &self.service.url)
            .env("TOKEN_URL", format!("{}/token", self.service.url))
            .env("CLIENT_ID", "the-client")
            .env("CLIENT_SECRET", SECRET);
        command
    }

    fn command_of_stranger(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_occoder"));
        command.args(words).current_dir(self.folder.path()).stdin(Stdio::null());
        for name in ["BASE_URL", "TOKEN_URL", "CLIENT_ID", "CLIENT_SECRET"] {
            command.env_remove(name);
        }
        command.env("OCCODER_CONFIG", self.path("config/login.json"));
        command
    }

    fn runs(&self, words: &[&str]) -> Ended {
        Ended::of(&self.command(words).output().unwrap())
    }

    fn codes(&self, more: &[&str]) -> Ended {
        self.runs(&[&BULK, more].concat())
    }

    /// Nothing is left in the folder but what was there, and the output if there is one.
    fn files(&self) -> Vec<String> {
        let name = |entry: std::fs::DirEntry| entry.file_name().into_string().unwrap();
        let entries = std::fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<String> = entries.map(|entry| name(entry.unwrap())).collect();
        names.sort();
        names
    }
}

/// How a command ended.
#[derive(Debug)]
struct Ended {
    code: Option<i32>,
    answer: String,
    messages: String,
}

impl Ended {
    fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let (answer, messages) = (text(&output.stdout), text(&output.stderr));
        Self { code: output.status.code(), answer, messages }
    }

    /// Ended with this code, and said all this.
    #[track_caller]
    fn with(self, code: i32, messages: &[&str]) -> Self {
        assert_eq!(self.code, Some(code), "{}", self.messages);
        for message in messages {
            assert!(self.messages.contains(message), "no \"{message}\" in: {}", self.messages);
        }
        assert!(!self.messages.contains(SECRET) && !self.answer.contains(SECRET));
        self
    }
}

#[test]
fn a_file_is_coded() {
    let person = Person::with(Mood::Good);
    let ended = person.codes(&TO_CODED);
    let summary = "coded.csv: 2 rows: 1 coded, 1 not sure enough, 0 not sent";
    ended.with(0, &["2 rows, 0 of them bad", "coding: 1 of 2", OPERATION, summary]);
    assert_eq!(person.coded(), CODED);
    assert_eq!(person.files(), ["coded.csv", "jobs.csv"]);
    let sent = |id: u32, title: &str, tasks: &str| json!({"recordId": id, "occp_text": title, "tasks_text": tasks});
    let expected = [sent(1, "brickie", "lay, bricks"), sent(2, "manager", "")];
    assert_eq!(person.service.seen().lines, expected);
}

#[test]
fn a_service_that_is_busy_for_a_moment_is_asked_again() {
    let person = Person::with(Mood::Busy);
    person.codes(&TO_CODED).with(0, &[]);
    assert_eq!(person.service.seen().creations, 2);
}

#[test]
fn a_limit_that_lasts_is_told_at_once() {
    let person = Person::with(Mood::UsedUp);
    person.codes(&TO_CODED).with(4, &["Limit Exceeded", "Try again in 5000 seconds"]);
    assert_eq!(person.service.seen().creations, 1);
    assert_eq!(person.files(), ["jobs.csv"]);
}

#[test]
fn who_is_no_partner_is_told_so() {
    Person::with(Mood::Forbidding).codes(&TO_CODED).with(4, &["explicit deny", "for partners"]);
}

/// Sends a file as a program does, and gives the bytes that are said to be sent in the end.
async fn upload(service: &Service, bytes: u64) -> Result<u64, ClientError> {
    let token_url = format!("{}/token", service.url);
    let credentials = Credentials::new("the-client", SECRET);
    let client = Client::new(&service.url, &token_url, credentials)?.patient();
    let target = client.create_operation("osca", None).await?;
    let file = tempfile::tempfile()?;
    file.set_len(bytes)?;
    let sent = Arc::new(AtomicU64::new(0));
    let on_progress = {
        let sent = Arc::clone(&sent);
        move |now| sent.store(now, Ordering::Relaxed)
    };
    client.upload(&target, &file, on_progress).await?;
    Ok(sent.load(Ordering::Relaxed))
}

#[tokio::test]
async fn an_upload_that_breaks_is_sent_again_from_its_beginning() {
    // More than the network takes in before the connection breaks.
    const BYTES: u64 = 64 << 20;
    let service = Service::start(Mood::BreakingUpload);
    assert_eq!(upload(&service, BYTES).await.unwrap(), BYTES);
    assert_eq!(service.seen().uploads, 2);
}

#[tokio::test]
async fn an_upload_that_may_have_arrived_is_not_sent_again() {
    let service = Service::start(Mood::Mute);
    let error = upload(&service, 1 << 10).await.unwrap_err();
    assert!(matches!(error, ClientError::Unreachable(_)), "{error:?}");
    assert_eq!(service.seen().uploads, 1);
}

#[test]
fn an_operation_that_fails_says_why() {
    let person = Person::with(Mood::Failing);
    let ended = person.codes(&TO_CODED);
    let ended = ended.with(5, &["the operation is FAILED: the uploaded file is not valid gzip"]);
    assert!(!ended.messages.contains("--resume"), "{}", ended.messages);
    assert_eq!(person.files(), ["jobs.csv"]);
}

#[test]
fn a_download_goes_on_where_it_broke() {
    let person = Person::with(Mood::BreakingDownload);
    person.codes(&TO_CODED).with(0, &[]);
    assert_eq!(person.coded(), CODED);
    let downloads = person.service.seen().downloads.clone();
    assert_eq!(downloads.len(), 2, "{downloads:?}");
    assert_eq!(downloads[0], None);
    assert!(downloads[1].as_deref().unwrap().starts_with("bytes="));
}

#[test]
fn a_result_that_is_cut_off_or_muddled_gives_no_output() {
    for (mood, message) in [
        (Mood::Short, "bytes of the result came"),
        (Mood::Muddled, "the line of row 1 has the recordId 2"),
    ] {
        let person = Person::with(mood);
        person.codes(&TO_CODED).with(1, &[message, "--resume", OPERATION]);
        assert_eq!(person.files(), ["jobs.csv"]);
    }
}

#[test]
fn bad_rows_stop_everything_unless_they_are_skipped() {
    let person = Person::with(Mood::Good);
    let jobs = "id,occupation,duties\na,,\n007,brickie,\"lay, bricks\"\nb,ragged\n008,manager,\n";
    std::fs::write(person.path("jobs.csv"), jobs).unwrap();
    let reasons = [
        "row 1 (id a): occupation and duties are both blank",
        "row 3: has 2 cells, the header has 3",
        "4 rows, 2 of them bad",
    ];
    let id = ["--id-column", "id"];
    person
        .codes(&[&id[..], &TO_CODED].concat())
        .with(3, &[&reasons[..], &["--skip-bad-rows"]].concat());
    assert_eq!(person.service.seen().creations, 0);

    let skip = ["--id-column", "id", "--skip-bad-rows"];
    let ended = person.codes(&[&skip[..], &TO_CODED].concat());
    ended.with(0, &[&reasons[..], &["4 rows: 1 coded, 1 not sure enough, 2 not sent"]].concat());
    let coded = person.coded();
    let lines: Vec<&str> = coded.lines().collect();
    let of_good: Vec<&str> = CODED.lines().collect();
    assert_eq!([lines[0], lines[2], lines[4]], of_good[..]);
    assert_eq!(lines[1], "a,,,,,,,not sent,,,,,,,occupation and duties are both blank");
    assert_eq!(lines[3], "b,ragged,,,,,,not sent,,,,,,,\"has 2 cells, the header has 3\"");
    let ids: Vec<Value> =
        person.service.seen().lines.iter().map(|line| line["recordId"].clone()).collect();
    assert_eq!(ids, [2, 4]);
}

#[test]
fn a_dry_run_sends_nothing_and_needs_no_login() {
    let person = Person::with(Mood::Good);
    let dry = |words: &[&str]| Ended::of(&person.command_of_stranger(words).output().unwrap());
    let words = [&BULK[..], &["--dry-run"]].concat();
    dry(&words).with(0, &["2 rows, 0 of them bad"]);
    std::fs::write(person.path("jobs.csv"), "occupation,duties\n,\nchef,\n").unwrap();
    dry(&words).with(3, &["row 1: occupation and duties are both blank"]);
    assert_eq!(person.service.seen().creations, 0);
    assert_eq!(person.files(), ["jobs.csv"]);
}

#[test]
fn a_wrong_command_line_is_refused_before_anything_is_sent() {
    let person = Person::with(Mood::Good);
    std::fs::write(person.path("coded.csv"), "mine").unwrap();
    person.codes(&TO_CODED).with(2, &["coded.csv is there already; --force writes over it"]);
    person.codes(&[]).with(2, &["--output"]);
    person.codes(&["-o", "coded.parquet"]).with(2, &["Parquet is read but not written"]);
    let column = ["bulk", "jobs.csv", "--title-column", "job", "-o", "new.csv"];
    person.runs(&column).with(2, &["no column \"job\"; the columns are: id, occupation, duties"]);
    assert_eq!(person.service.seen().creations, 0);
    assert_eq!(person.coded(), "mine");
    person.codes(&["-o", "coded.csv", "--force"]).with(0, &[]);
    assert_eq!(person.coded(), CODED);
}

/// Codes a file, presses Ctrl-C when a message begins so, and gives the messages after that.
#[cfg(unix)]
fn interrupted(person: &Person, at: &str) -> Vec<String> {
    let words = [&BULK[..], &TO_CODED].concat();
    let mut running = person.command(&words).stderr(Stdio::piped()).spawn().unwrap();
    let mut messages = BufReader::new(running.stderr.take().unwrap()).lines().map(Result::unwrap);
    messages.find(|line| line.starts_with(at)).unwrap();
    let id = running.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    let rest: Vec<String> = messages.collect();
    assert_eq!(running.wait().unwrap().code(), Some(130), "{rest:?}");
    assert_eq!(person.files(), ["jobs.csv"]);
    rest
}

#[cfg(unix)]
#[test]
fn ctrl_c_leaves_an_operation_that_the_shown_command_resumes() {
    let person = Person::with(Mood::Slow);
    let messages = interrupted(&person, "coding:");
    assert!(!person.service.seen().cancelled);

    person.service.becomes(Mood::Good);
    let command = messages.iter().find(|line| line.contains("--resume")).unwrap();
    let words = shlex::split(command).unwrap();
    let words: Vec<&str> = words.iter().skip(1).map(String::as_str).collect();
    person.runs(&words).with(0, &[]);
    assert_eq!(person.coded(), CODED);
    assert_eq!(person.service.seen().creations, 1);
    assert_eq!(person.service.seen().uploads, 1);
}

#[cfg(unix)]
#[test]
fn ctrl_c_during_the_upload_ends_the_operation() {
    let person = Person::with(Mood::Deaf);
    let messages = interrupted(&person, "uploading");
    assert!(person.service.seen().cancelled, "{messages:?}");
    assert!(messages.iter().all(|line| !line.contains("--resume")), "{messages:?}");
}

#[test]
fn an_operation_is_resumed_only_for_its_file() {
    let person = Person::with(Mood::Good);
    let resume = ["--resume", OPERATION, "-o", "again.csv"];
    person.codes(&resume).with(1, &["has not arrived"]);
    person.codes(&TO_CODED).with(0, &[]);
    person.codes(&resume).with(0, &[]);
    assert_eq!(std::fs::read_to_string(person.path("again.csv")).unwrap(), CODED);

    let resume = ["--resume", OPERATION, "-o", "other.csv"];
    std::fs::write(person.path("jobs.csv"), format!("{JOBS}009,nurse,\n")).unwrap();
    person.codes(&resume).with(1, &["the operation coded 2 records, the file has 3"]);
    std::fs::write(person.path("jobs.csv"), JOBS.replace("manager", "managers")).unwrap();
    person.codes(&resume).with(1, &["row 2 is not what was coded"]);
    assert_eq!(person.files(), ["again.csv", "coded.csv", "jobs.csv"]);
    let unknown = ["--resume", "00000000-0000-0000-0000-000000000000", "-o", "other.csv"];
    person.codes(&unknown).with(4, &["The specified operation does not exist", "--topic"]);
}

#[test]
fn one_occupation_is_coded() {
    let person = Person::with(Mood::Good);
    let ended = person.runs(&["code", "brickie", "--tasks", "lay bricks"]).with(0, &[]);
    assert_eq!(ended.answer, "code    confidence  label\n371131  0.9800      Bricklayer\n");
    let ended = person.runs(&["code", "brickie", "--json"]).with(0, &[]);
    let json: Value = serde_json::from_str(&ended.answer).unwrap();
    assert_eq!(json["result"][0]["codeCategory"], "371131");
    let ended = person.runs(&["code", "zzxqy"]).with(0, &["No code is sure enough"]);
    assert_eq!(ended.answer, "");
    person.runs(&["code", "brickie", "--suggestions", "17"]).with(2, &["1..=16"]);
}

#[test]
fn an_operation_is_shown_and_cancelled() {
    let person = Person::with(Mood::Good);
    let ended = person.runs(&["operation", OPERATION]).with(0, &[]);
    assert!(ended.answer.contains("status        AWAITING_UPLOAD\n"), "{}", ended.answer);
    let ended = person.runs(&["cancel", OPERATION, "--json"]).with(0, &[]);
    let json: Value = serde_json::from_str(&ended.answer).unwrap();
    assert_eq!(json["status"], "CANCELLED");
    assert!(person.service.seen().cancelled);
    person.runs(&["operation", OPERATION, "--topic", "anzsco"]).with(4, &["--topic"]);
}

#[test]
fn a_login_is_tried_and_kept_for_one_user_only() {
    let person = Person::with(Mood::Good);
    let stranger = |words: &[&str]| Ended::of(&person.command_of_stranger(words).output().unwrap());
    stranger(&["code", "brickie"]).with(2, &["occoder login"]);

    let token_url = format!("{}/token", person.service.url);
    let login = |secret: &str| {
        let url = person.service.url.as_str();
        let words = ["login", "--base-url", url, "--token-url", &token_url];
        let words = [&words[..], &["--client-id", "the-client", "--secret-stdin"]].concat();
        let mut command = person.command_of_stranger(&words);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut running = command.spawn().unwrap();
        writeln!(running.stdin.take().unwrap(), "{secret}").unwrap();
        Ended::of(&running.wait_with_output().unwrap())
    };
    login("wrong").with(4, &["401", "not kept"]);
    assert!(!person.path("config").try_exists().unwrap());
    login(SECRET).with(0, &["Logged in"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |name: &str| person.path(name).metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!((mode("config/login.json"), mode("config")), (0o600, 0o700));
    }
    stranger(&["code", "brickie"]).with(0, &[]);
}

#[test]
fn help_has_examples_and_the_exit_codes() {
    let person = Person::with(Mood::Good);
    let help = |words: &[&str]| person.runs(words).with(0, &[]).answer;
    assert!(help(&["--help"]).contains("130  interrupted"));
    for word in ["login", "code", "bulk", "operation", "cancel"] {
        let help = help(&[word, "--help"]);
        assert!(help.contains("Examples:\n  occoder "), "{word}: {help}");
    }
}
