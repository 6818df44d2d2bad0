//! What bodies look like.

use domain::{Explanation, FollowUp, SYNCHRONOUS_TEXT_LIMIT, Suggestions};
use serde_json::json;
use utoipa::openapi::schema::{
    AdditionalProperties, AllOfBuilder, AnyOfBuilder, ArrayBuilder, ObjectBuilder, OneOfBuilder,
    SchemaFormat, SchemaType, Type,
};
use utoipa::openapi::{Ref, RefOr, Schema};

use crate::body::BATCH_LIMIT;

/// What is accepted: printable ASCII, and what is folded to it. A necessary condition only, as a
/// few signs in these ranges are no letters.
const TEXT_PATTERN: &str = "^[ -~\\u00AB\\u00B4\\u00BB\\u00C0-\\u024F\\u0300-\\u036F\\u1E00-\\u1EFF\
    \\u2010-\\u2015\\u2018-\\u201F\\u2032\\u2033\\u2039\\u203A\\u2212]*$";
const CODE_PATTERN: &str = "^([0-9]{1,4}|[0-9]{6})$";

/// Every schema that has a name.
pub(super) fn all() -> Vec<(&'static str, RefOr<Schema>)> {
    let mut all = super::registrations::schemas();
    all.extend([
        ("Record", record()),
        ("SingleRequest", single_request()),
        ("BatchRequest", batch_request()),
        ("CodedRecord", coded_record()),
        ("Candidate", candidate()),
        ("ExplainedCandidate", explained_candidate()),
        ("Explanation", explanation()),
        ("AlsoCoded", also_coded()),
        ("FollowUp", follow_up()),
        ("UploadTarget", upload_target()),
        ("Operation", operation()),
        ("ResultLine", result_line()),
        ("TopicSummary", object(&[("uriName", uri_name()), ("fullName", full_name())])),
        ("TopicDetails", topic_details()),
        ("ModelDetails", model_details()),
        ("Problem", problem()),
        ("RecordProblem", record_problem()),
    ]);
    all
}

/// A reference to a schema of [`all`].
pub(super) fn named(name: &str) -> RefOr<Schema> {
    Ref::from_schema_name(name).into()
}

/// An array of a schema of [`all`].
pub(super) fn array_of(name: &str) -> ArrayBuilder {
    ArrayBuilder::new().items(Ref::from_schema_name(name))
}

/// Either of two.
pub(super) fn either(
    one: impl Into<RefOr<Schema>>,
    other: impl Into<RefOr<Schema>>,
) -> RefOr<Schema> {
    OneOfBuilder::new().item(one).item(other).into()
}

/// The coded records of a batch.
pub(super) fn coded_batch() -> ArrayBuilder {
    array_of("CodedRecord").min_items(Some(1)).max_items(Some(BATCH_LIMIT))
}

pub(super) fn string(description: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).description(Some(description))
}

pub(super) fn integer(description: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Integer).description(Some(description))
}

fn number(description: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Number).description(Some(description))
}

fn guid(description: &str) -> ObjectBuilder {
    string(description).format(Some(SchemaFormat::Custom("uuid".to_owned())))
}

/// An object all of whose properties are always there. Answers may gain properties, so others are
/// not ruled out.
pub(super) fn object(properties: &[(&str, RefOr<Schema>)]) -> RefOr<Schema> {
    let mut object = ObjectBuilder::new().schema_type(Type::Object);
    for (name, schema) in properties {
        object = object.property(*name, schema.clone()).required(*name);
    }
    object.into()
}

/// An object of a request, where anything unknown is refused.
pub(super) fn closed() -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .additional_properties(Some(AdditionalProperties::FreeForm(false)))
}

fn record() -> RefOr<Schema> {
    let text = |description| {
        string(description).max_length(Some(SYNCHRONOUS_TEXT_LIMIT)).pattern(Some(TEXT_PATTERN))
    };
    closed()
        .description(Some(
            "A job. At least one of the two texts is not blank; together they have at most 100 \
             characters. Typographic quotes and dashes and accented Latin letters are folded to \
             ASCII; any other character outside printable ASCII is refused.",
        ))
        .property("recordId", record_id(&[Type::String, Type::Number]))
        .property("occp_text", text("The title of the job"))
        .property("tasks_text", text("The tasks of the job").default(Some(json!(""))))
        .property(
            "followUpAnswer",
            code("The `code` of the chosen option of the record's `followUp`: it settles the code"),
        )
        .required("occp_text")
        .examples([json!({"occp_text": "brickie", "tasks_text": "lay bricks", "recordId": "a1"})])
        .into()
}

fn record_id(types: &[Type]) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(types.iter().cloned().collect::<SchemaType>())
        .description(Some("The caller's own identifier of the record, returned as it was sent"))
}

fn suggestions(default: Suggestions) -> ObjectBuilder {
    integer("The most codes to answer with for each record")
        .minimum(Some(1))
        .maximum(Some(i32::try_from(Suggestions::MOST).unwrap_or(i32::MAX)))
        .default(Some(json!(default.count())))
}

/// Adds what a request may ask for beside codes.
fn asking(request: ObjectBuilder) -> ObjectBuilder {
    let flag = |description| {
        ObjectBuilder::new()
            .schema_type(Type::Boolean)
            .description(Some(description))
            .default(Some(json!(false)))
    };
    let topics = ArrayBuilder::new()
        .items(string("The `uriName` of another topic").examples([json!("anzsco")]).build())
        .unique_items(true)
        .description(Some(
            "Further topics to code to, consistently with the official correspondence",
        ));
    request
        .property(
            "explain",
            flag(
                "Whether each result carries an `explanation`. Records times suggestions (at least \
                 3) times topics may be 3,000 at most",
            ),
        )
        .property(
            "followUp",
            flag("Whether an unsuccessful or coarse answer carries a `followUp` question"),
        )
        .property("alsoCode", topics)
}

fn single_request() -> RefOr<Schema> {
    let request = closed()
        .property("record", named("Record"))
        .property("numberOfSuggestions", suggestions(Suggestions::SINGLE_DEFAULT));
    asking(request).required("record").into()
}

fn batch_request() -> RefOr<Schema> {
    let records = array_of("Record").min_items(Some(1)).max_items(Some(BATCH_LIMIT));
    let request = closed()
        .property("records", records)
        .property("numberOfSuggestions", suggestions(Suggestions::BATCH_DEFAULT));
    asking(request).required("records").into()
}

fn code_status() -> ObjectBuilder {
    string("Whether a code reached the model's threshold")
        .enum_values(Some(["successful", "unsuccessful"]))
}

fn code(description: &str) -> ObjectBuilder {
    string(description).pattern(Some(CODE_PATTERN))
}

fn result() -> ArrayBuilder {
    array_of("ExplainedCandidate").max_items(Some(Suggestions::MOST)).description(Some(
        "The codes, best first. One record: occupations, none if unsuccessful. A batch: the group \
         at the deepest level that reaches the threshold, or three suggestions if unsuccessful. \
         After a `followUpAnswer`, what lies in it, as in a batch.",
    ))
}

fn coded_record() -> RefOr<Schema> {
    let input = ObjectBuilder::new()
        .schema_type(Type::Object)
        .description(Some("The record as it was sent"))
        .property("occp_text", string("The title as it was sent"))
        .property("tasks_text", string("The tasks as they were sent"))
        .property("recordId", record_id(&[Type::String, Type::Number]))
        .property("followUpAnswer", code("The answer as it was sent"))
        .required("occp_text")
        .required("tasks_text");
    let also = array_of("AlsoCoded")
        .min_items(Some(1))
        .description(Some("The codings to the topics of `alsoCode`, in their order"));
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .property("recordId", record_id(&[Type::String, Type::Number, Type::Null]))
        .required("recordId")
        .property("codeStatus", code_status())
        .required("codeStatus")
        .property("input", input)
        .required("input")
        .property("result", result())
        .required("result")
        .property("also", also)
        .property("followUp", named("FollowUp"))
        .into()
}

fn candidate() -> RefOr<Schema> {
    object(&[
        ("codeCategory", code("The code, unpadded: 1, 2, 3, 4 or 6 digits").into()),
        ("codeLabel", string("The official title").into()),
        ("codeConfidence", confidence().into()),
    ])
}

fn confidence() -> ObjectBuilder {
    number(
        "The calibrated probability that the code is right, rounded to four places; after a \
         `followUpAnswer`, given that the answer is",
    )
    .minimum(Some(0))
    .maximum(Some(1))
}

fn explained_candidate() -> RefOr<Schema> {
    let explained = ObjectBuilder::new()
        .schema_type(Type::Object)
        .property("explanation", named("Explanation"));
    AllOfBuilder::new().item(named("Candidate")).item(explained).into()
}

fn explanation() -> RefOr<Schema> {
    let field: RefOr<Schema> =
        string("Where it stands").enum_values(Some(["occp_text", "tasks_text"])).into();
    let weight: RefOr<Schema> = number(
        "The code's log-odds with the whole record, less those without this part of it, both as \
         the model gives them to the record's own words: 0.6931 doubles the odds, -0.6931 halves \
         them. Natural logarithm, rounded to four places, never 0.",
    )
    .into();
    let weighed = |description| {
        let part = object(&[
            ("text", string("A word, or two neighbouring words, as sent").into()),
            ("field", field.clone()),
            ("weight", weight.clone()),
        ]);
        ArrayBuilder::new()
            .items(part)
            .max_items(Some(Explanation::MOST_WEIGHED))
            .description(Some(description))
    };
    let title = object(&[
        ("code", code("The occupation's code").into()),
        ("title", string("Its official title").into()),
        (
            "similarity",
            number("How like the title or the tasks it is; 1 if it is one of them")
                .exclusive_minimum(Some(0))
                .maximum(Some(1))
                .into(),
        ),
    ]);
    let titles = ArrayBuilder::new()
        .items(title)
        .max_items(Some(Explanation::MOST_TITLES))
        .description(Some("The official titles that are most like the record, the likest first"));
    object(&[
        ("for", weighed("What made the code likelier, the weightiest first").into()),
        ("against", weighed("What made it less likely, the weightiest first").into()),
        ("nearestTitles", titles.into()),
    ])
}

fn also_coded() -> RefOr<Schema> {
    object(&[
        ("topic", uri_name()),
        ("modelId", guid("The model that coded").into()),
        ("modelVersion", integer("The version of that model").minimum(Some(1)).into()),
        ("codeStatus", code_status().into()),
        ("result", result().into()),
    ])
}

fn follow_up() -> RefOr<Schema> {
    let option = object(&[
        ("code", code("What to send back as `followUpAnswer`").into()),
        ("label", string("The official title").into()),
        ("text", string("What tells it from the other options, in plain words").into()),
    ]);
    let options = ArrayBuilder::new()
        .items(option)
        .min_items(Some(FollowUp::FEWEST))
        .max_items(Some(FollowUp::MOST))
        .description(Some("The answers to choose from, the likeliest first"));
    object(&[
        ("question", string("A short question to the person that the record is about").into()),
        ("options", options.into()),
    ])
}

fn upload_target() -> RefOr<Schema> {
    let key = string("What to name in `x-amz-server-side-encryption-aws-kms-key-id`");
    object(&[
        ("requestUploadUrl", string("The URL to PUT the file to").into()),
        ("operationId", guid("The operation").into()),
        ("bucketKmsKeyArn", key.into()),
    ])
}

fn operation() -> RefOr<Schema> {
    let time = |description| {
        string(description).format(Some(SchemaFormat::Custom("date-time".to_owned())))
    };
    let count = |description| integer(description).minimum(Some(0));
    let status = string("Where it stands").enum_values(Some([
        "AWAITING_UPLOAD",
        "QUEUED",
        "IN_PROGRESS",
        "COMPLETED",
        "FAILED",
        "EXPIRED",
        "CANCELLED",
    ]));
    let percent = count("How much is coded; 100 when the result is there").maximum(Some(100));
    let always = [
        ("operationId", guid("The operation")),
        ("status", status),
        ("topic", string("What it codes to")),
        ("modelId", guid("The model that it was created with")),
        ("createdAt", time("When it was created")),
        ("recordsCoded", count("Records that are coded, successfully or not")),
        ("recordsSuccessful", count("Records with a code")),
        ("recordsUnsuccessful", count("Records that the model was not sure enough of")),
        ("recordsInvalid", count("Lines that are no record")),
        ("percentComplete", percent),
    ];
    let sometimes = [
        ("startedAt", time("When coding began")),
        ("finishedAt", time("When it ended, however it did")),
        ("recordsTotal", count("All lines that are not blank, once that is known")),
        ("resultDownloadUrl", string("Where the result is, for an hour; new at each call")),
        ("resultSizeBytes", count("The bytes of the result")),
        ("resultExpiresAt", time("When the result is deleted")),
        ("message", string("Why it failed")),
    ];
    let mut object = ObjectBuilder::new().schema_type(Type::Object);
    for (name, schema) in always {
        object = object.property(name, schema).required(name);
    }
    sometimes
        .into_iter()
        .fold(object, |object, (name, schema)| object.property(name, schema))
        .into()
}

fn result_line() -> RefOr<Schema> {
    let or_null = |schema: RefOr<Schema>| -> RefOr<Schema> {
        either(schema, ObjectBuilder::new().schema_type(Type::Null))
    };
    let raw = string("An invalid line, cut after 300 characters");
    let input = ObjectBuilder::new()
        .schema_type(Type::Object)
        .description(Some("The record as it was sent"))
        .property("occp_text", string("The title as it was sent"))
        .property("tasks_text", string("The tasks as they were sent"))
        .property("recordId", record_id(&[Type::String, Type::Number]));
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .description(Some("A line of a result"))
        .property("recordId", record_id(&[Type::String, Type::Number, Type::Null]))
        .property("codeStatus", code_status())
        .property("input", either(input, raw))
        .property("result", or_null(named("Candidate")))
        .property("suggestions", or_null(array_of("Candidate").max_items(Some(3)).into()))
        .property("error", string("What is wrong with a line that is no record"))
        .required("recordId")
        .required("codeStatus")
        .required("input")
        .required("result")
        .required("suggestions")
        .into()
}

fn uri_name() -> RefOr<Schema> {
    string("The name in paths").examples([json!("osca")]).into()
}

fn full_name() -> RefOr<Schema> {
    let example = json!("OSCA - Occupation Standard Classification for Australia");
    string("The full name").examples([example]).into()
}

fn topic_version() -> RefOr<Schema> {
    string("The edition of the classification").examples([json!("2024 v1.0")]).into()
}

fn input_format() -> RefOr<Schema> {
    let field = string("A field").enum_values(Some(["occp_text", "tasks_text"]));
    ArrayBuilder::new()
        .items(field.build())
        .min_items(Some(1))
        .unique_items(true)
        .description(Some("The names of a record's text fields"))
        .into()
}

fn topic_details() -> RefOr<Schema> {
    object(&[
        ("uriName", uri_name()),
        ("fullName", full_name()),
        ("topicVersion", topic_version()),
        ("inputFormat", input_format()),
    ])
}

fn model_details() -> RefOr<Schema> {
    let time = |description| {
        string(description).format(Some(SchemaFormat::Custom("date-time".to_owned())))
    };
    let status = string("Whether it is the default, or can be named only")
        .enum_values(Some(["released", "superseded"]));
    let always: [(&str, RefOr<Schema>); 8] = [
        ("modelId", guid("What requests name the model by").into()),
        ("modelVersion", integer("Counts up within a topic").minimum(Some(1)).into()),
        ("modelReleaseDate", time("When the model was released").into()),
        ("modelType", string("What kind of model it is").into()),
        ("inputFormat", input_format()),
        ("topicStandard", full_name()),
        ("topicVersion", topic_version()),
        ("modelStatus", status.into()),
    ];
    let mut object = ObjectBuilder::new().schema_type(Type::Object);
    for (name, schema) in always {
        object = object.property(name, schema).required(name);
    }
    object
        .property("modelSupersededDate", time("When another became the default"))
        .property("modelRetirementDate", time("When it will cease to be callable"))
        .into()
}

fn problem() -> RefOr<Schema> {
    let faults = AnyOfBuilder::new()
        .item(Ref::from_schema_name("RecordProblem"))
        .item(Ref::from_schema_name("FieldProblem"));
    let errors = ArrayBuilder::new()
        .items(faults)
        .min_items(Some(1))
        .description(Some("Every fault of every record, or of every field of a form"));
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .description(Some("An error"))
        .property("message", string("What went wrong, from a fixed list"))
        .property("detail", string("What exactly is wrong and where"))
        .property("errors", errors)
        .required("message")
        .into()
}

fn record_problem() -> RefOr<Schema> {
    let fields = ["record", "recordId", "occp_text", "tasks_text", "followUpAnswer"];
    object(&[
        ("index", integer("The record's place in the request, from 0").minimum(Some(0)).into()),
        ("recordId", record_id(&[Type::String, Type::Number, Type::Null]).into()),
        ("field", string("The field at fault").enum_values(Some(fields)).into()),
        ("detail", string("What is wrong with it; never any of the text itself").into()),
    ])
}
