//! Routes and bodies of registrations.

use domain::{ApplicationState, Kind, Order};
use serde_json::json;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::path::{
    HttpMethod, OperationBuilder, Parameter, ParameterBuilder, ParameterIn, PathItem, PathsBuilder,
};
use utoipa::openapi::request_body::{RequestBody, RequestBodyBuilder};
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{Ref, RefOr, Required, Schema};

use super::OPERATOR;
use super::answers::{answer, open_errors};
use super::routes::{Responding, described, named_operation, operation, path_parameter};
use super::schemas::{array_of, closed, integer, named, object, string};

pub(super) const REGISTRATION: &str = "registration";
pub(super) const OPERATORS: &str = "operators";

pub(super) fn add(paths: PathsBuilder) -> PathsBuilder {
    let get = |operation: OperationBuilder| PathItem::new(HttpMethod::Get, operation);
    let post = |operation: OperationBuilder| PathItem::new(HttpMethod::Post, operation);
    paths
        .path("/v1/terms", get(get_terms()))
        .path("/v1/registrations", post(register()))
        .path("/v1/registrations/{registration_id}/confirm", both(confirm_page(), confirm()))
        .path("/v1/registrations/{registration_id}/secret", both(secret_page(), show_secret()))
        .path("/v1/registration", own_registration())
        .path("/v1/registration/acceptances", post(accept_terms()))
        .path("/v1/usage", get(get_usage()))
        .path("/v1/feedback", post(take_feedback()))
        .path("/v1/admin/feedback", get(list_feedback()))
        .path("/v1/admin/feedback/{reference}/settle", post(settle_feedback()))
        .path("/v1/admin/registrations", get(list_registrations()))
        .path("/v1/admin/registrations/{registration_id}", get(show_registration()))
        .path("/v1/admin/registrations/{registration_id}/{order}", post(order()))
}

fn both(get: OperationBuilder, post: OperationBuilder) -> PathItem {
    let mut item = PathItem::new(HttpMethod::Get, get);
    item.post = Some(post.build());
    item
}

/// A route that needs no token.
fn open(id: &str, summary: &str, response: ResponseBuilder, kinds: &[Kind]) -> OperationBuilder {
    let always = [Kind::InvalidBody, Kind::RateExceeded, Kind::Internal];
    let kinds: Vec<Kind> = always.iter().chain(kinds).copied().collect();
    described(id, REGISTRATION, summary, response)
        .responses_of(open_errors(&kinds))
        .securities(Some([]))
}

fn json_answer(description: &str, schema: RefOr<Schema>) -> ResponseBuilder {
    let content = ContentBuilder::new().schema(Some(schema)).build();
    answer(description).content("application/json", content)
}

fn page(description: &str) -> ResponseBuilder {
    let content = ContentBuilder::new().schema(Some(string("A page"))).build();
    answer(description).content("text/html", content)
}

fn body(name: &str, description: &str) -> RequestBody {
    RequestBodyBuilder::new()
        .description(Some(description))
        .required(Some(Required::True))
        .content("application/json", ContentBuilder::new().schema(Some(named(name))).build())
        .build()
}

fn get_terms() -> OperationBuilder {
    let answer = json_answer("The terms", named("TermsVersions"));
    open("get_terms", "The terms of use, current and earlier", answer, &[])
}

fn register() -> OperationBuilder {
    let taken = json_answer("Accepted, and to be confirmed by mail", named("FormTaken"));
    let kinds = [
        Kind::InvalidBody,
        Kind::BodyTooLarge,
        Kind::RateExceeded,
        Kind::CeilingExceeded,
        Kind::Internal,
    ];
    named_operation("register", REGISTRATION, "Asks to use the service")
        .response("202", taken)
        .responses_of(open_errors(&kinds))
        .securities(Some([]))
        .request_body(Some(body("Form", "Who asks, what for and how much; at most 16 kB")))
}

fn confirm_page() -> OperationBuilder {
    open("get_confirm_page", "The page that a mailed link leads to", page("The page"), &[])
        .parameter(registration_parameter())
}

fn confirm() -> OperationBuilder {
    let done = json_answer("The address is confirmed", named("Done"));
    let kinds = [Kind::LinkUnknown, Kind::BodyTooLarge];
    open("confirm_address", "Confirms an address; works once", done, &kinds)
        .parameter(registration_parameter())
        .request_body(Some(body("LinkToken", "What stands after the # in the link")))
}

fn secret_page() -> OperationBuilder {
    open("get_secret_page", "The page that a mailed link leads to", page("The page"), &[])
        .parameter(registration_parameter())
}

fn show_secret() -> OperationBuilder {
    let shown = json_answer("The secret", named("ShownSecret"));
    let kinds = [Kind::LinkUnknown, Kind::BodyTooLarge];
    open("show_secret", "Shows a client's secret; works once", shown, &kinds)
        .parameter(registration_parameter())
        .request_body(Some(body("LinkToken", "What stands after the # in the link")))
}

fn own_registration() -> PathItem {
    let registration = || json_answer("The registration", named("Registration"));
    let kinds = [Kind::RegistrationUnknown];
    let get = operation(
        "get_registration",
        REGISTRATION,
        "The registration of the client that asks",
        registration(),
        &kinds,
    );
    let kinds = [Kind::RegistrationUnknown, Kind::ActNotAllowed, Kind::BodyTooLarge];
    let patch = operation(
        "change_registration",
        REGISTRATION,
        "Changes the contact and the nominated volumes",
        registration(),
        &kinds,
    );
    let described = "What is to change. A new address counts once it is confirmed by its link";
    let mut item = PathItem::new(HttpMethod::Get, get);
    item.patch = Some(patch.request_body(Some(body("Change", described))).build());
    item
}

fn accept_terms() -> OperationBuilder {
    let kinds = [Kind::RegistrationUnknown, Kind::ActNotAllowed, Kind::BodyTooLarge];
    let answer = json_answer("The registration", named("Registration"));
    operation("accept_terms", REGISTRATION, "Accepts the current terms", answer, &kinds)
        .request_body(Some(body("Acceptance", "Which version")))
}

fn get_usage() -> OperationBuilder {
    let usage = json_answer("The limits and the use", named("Usage"));
    operation("get_usage", REGISTRATION, "What the client may use and has used", usage, &[])
}

fn take_feedback() -> OperationBuilder {
    let taken = json_answer("What to name it by", named("FeedbackTaken"));
    let kinds = [Kind::BodyTooLarge];
    let summary = "Takes a question, a complaint or the report of a wrong code";
    operation("take_feedback", REGISTRATION, summary, taken, &kinds)
        .request_body(Some(body("FeedbackForm", "What is said; at most 16 kB")))
}

fn list_feedback() -> OperationBuilder {
    let listed = json_answer("What nobody has settled, oldest first", named("OpenFeedback"));
    operators("list_feedback", "Open feedback, with due days", listed, &[])
}

fn settle_feedback() -> OperationBuilder {
    let done = json_answer("It is settled", named("Done"));
    let kinds = [Kind::FeedbackUnknown, Kind::BodyTooLarge];
    operators("settle_feedback", "Settles feedback", done, &kinds)
        .parameter(path_parameter("reference", "The reference", "F-0B1E7D560F5E"))
        .request_body(Some(body("Settlement", "How it was settled")))
}

/// A route for operators.
fn operators(
    id: &str,
    summary: &str,
    response: ResponseBuilder,
    kinds: &[Kind],
) -> OperationBuilder {
    let always = [Kind::InvalidBody, Kind::Denied, Kind::Internal];
    let kinds: Vec<Kind> = always.iter().chain(kinds).copied().collect();
    described(id, OPERATORS, summary, response)
        .responses_of(open_errors(&kinds))
        .security(SecurityRequirement::new::<_, _, String>(OPERATOR, []))
}

fn list_registrations() -> OperationBuilder {
    let page = json_answer("A page of registrations, oldest first", named("RegistrationPage"));
    let states = ApplicationState::ALL.map(ApplicationState::as_str);
    let state = string("Only those that stand so").enum_values(Some(states));
    operators("list_registrations", "The registrations of a state", page, &[])
        .parameter(query_parameter("state", state.default(Some(json!("confirmed")))))
        .parameter(query_parameter("after", time("The `next` of the page before")))
}

fn show_registration() -> OperationBuilder {
    let history = json_answer("The registration", named("RegistrationHistory"));
    let summary = "A registration and every act on it";
    operators("show_registration", summary, history, &[Kind::RegistrationUnknown])
        .parameter(registration_parameter())
}

fn order() -> OperationBuilder {
    let kinds = [Kind::RegistrationUnknown, Kind::ActNotAllowed, Kind::BodyTooLarge];
    let described = "The registration after it; of an export, with the acts; of an erasure, `done`";
    let answer = json_answer(described, ObjectBuilder::new().schema_type(Type::Object).into());
    let orders = Order::NAMES.into_iter().chain(["export", "erase"]);
    let parameter = ParameterBuilder::new()
        .name("order")
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some("What is to be done"))
        .schema(Some(string("An order").enum_values(Some(orders))))
        .example(Some(json!("approve")))
        .build();
    operators("order", "Does something to a registration", answer, &kinds)
        .parameter(registration_parameter())
        .parameter(parameter)
        .request_body(Some(body("Order", "Particulars of the order, and why it is given")))
}

fn registration_parameter() -> Parameter {
    let example = "0b1e7d56-0f5e-4b0c-9a3e-1f0f1c5f7d10";
    path_parameter("registration_id", "The `registrationId` of a registration", example)
}

fn query_parameter(name: &str, schema: ObjectBuilder) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Query)
        .required(Required::False)
        .schema(Some(schema))
        .build()
}

/// Every schema that has a name.
pub(super) fn schemas() -> Vec<(&'static str, RefOr<Schema>)> {
    vec![
        ("Form", form()),
        ("FormTaken", object(&[("registrationId", guid("What names the registration").into())])),
        ("LinkToken", closed().property("token", string("A token")).required("token").into()),
        ("Done", object(&[("done", string("What was done").into())])),
        ("ShownSecret", shown_secret()),
        ("TermsVersion", terms_version()),
        ("TermsVersions", terms_versions()),
        ("Registration", registration()),
        ("Change", change()),
        ("Acceptance", acceptance()),
        ("Act", act()),
        ("RegistrationPage", registration_page()),
        ("RegistrationHistory", registration_history()),
        ("Order", order_body()),
        ("Usage", usage()),
        ("FeedbackForm", feedback_form()),
        ("FeedbackTaken", feedback_taken()),
        ("Feedback", feedback()),
        ("OpenFeedback", object(&[("feedback", array_of("Feedback").into())])),
        ("Settlement", closed().property("reason", string("How")).required("reason").into()),
        ("FieldProblem", field_problem()),
    ]
}

fn guid(description: &str) -> ObjectBuilder {
    string(description).format(Some(SchemaFormat::Custom("uuid".to_owned())))
}

fn time(description: &str) -> ObjectBuilder {
    string(description).format(Some(SchemaFormat::Custom("date-time".to_owned())))
}

fn date(description: &str) -> ObjectBuilder {
    string(description).format(Some(SchemaFormat::Custom("date".to_owned())))
}

fn tier(description: &str) -> ObjectBuilder {
    string(description).enum_values(Some(["public", "partner"]))
}

fn organisation_kind() -> ObjectBuilder {
    let kinds = ["commonwealth", "stateOrTerritory", "other"];
    string("What kind of organisation it is").enum_values(Some(kinds))
}

fn contact() -> [(&'static str, ObjectBuilder); 2] {
    [
        ("contactName", string("Who answers for the registration").max_length(Some(100))),
        ("email", string("Where mail goes").max_length(Some(254))),
    ]
}

fn volumes() -> [(&'static str, ObjectBuilder); 2] {
    let many = |description| integer(description).minimum(Some(1));
    [
        ("callsPerDay", many("Calls a day that are expected")),
        ("recordsPerDay", many("Records a day that are expected")),
    ]
}

fn phone() -> ObjectBuilder {
    string("Where to call").max_length(Some(30))
}

fn consent() -> [(&'static str, ObjectBuilder); 2] {
    let may = ObjectBuilder::new()
        .schema_type(Type::Boolean)
        .description(Some("That the sender may accept the terms for the organisation: true"));
    [("termsVersion", string("The current version of the terms")), ("mayAccept", may)]
}

fn all_required<const N: usize>(
    object: ObjectBuilder,
    properties: [(&'static str, ObjectBuilder); N],
) -> ObjectBuilder {
    let add = |object: ObjectBuilder, (name, schema)| object.property(name, schema).required(name);
    properties.into_iter().fold(object, add)
}

fn form() -> RefOr<Schema> {
    let own = [
        ("organisation", string("The organisation").max_length(Some(200))),
        ("organisationKind", organisation_kind()),
        ("service", tier("The service that is asked for")),
        ("purpose", string("What it will be used for").max_length(Some(2_000))),
    ];
    let form = all_required(closed(), own);
    let form = all_required(all_required(all_required(form, contact()), volumes()), consent());
    form.property("phone", phone()).into()
}

fn change() -> RefOr<Schema> {
    let add = |object: ObjectBuilder, (name, schema)| object.property(name, schema);
    let change = contact().into_iter().chain(volumes()).fold(closed(), add);
    change.property("phone", phone()).into()
}

fn acceptance() -> RefOr<Schema> {
    all_required(closed(), consent()).into()
}

fn shown_secret() -> RefOr<Schema> {
    object(&[
        ("clientId", string("The client").into()),
        ("clientSecret", string("Its secret").into()),
    ])
}

fn terms_version() -> RefOr<Schema> {
    object(&[
        ("version", string("The version").into()),
        ("date", date("Since when it is in force").into()),
        ("acceptBy", date("By when users of earlier versions are to accept it").into()),
        ("sha256", string("The SHA-256 of the text, in hexadecimal").into()),
        ("text", string("The whole text").into()),
    ])
}

fn terms_versions() -> RefOr<Schema> {
    let earlier = array_of("TermsVersion").description(Some("Those before it, newest first"));
    object(&[("current", named("TermsVersion")), ("earlier", earlier.into())])
}

fn registration() -> RefOr<Schema> {
    let states = ApplicationState::ALL.map(ApplicationState::as_str);
    let own = [
        ("registrationId", guid("What names it")),
        ("state", string("Where it stands").enum_values(Some(states))),
        ("organisation", string("The organisation")),
        ("organisationKind", organisation_kind()),
        ("service", tier("The service that was asked for")),
        ("purpose", string("What it is used for")),
        ("termsVersion", string("The version of the terms that was accepted")),
        ("termsAcceptedAt", time("When it was")),
        ("createdAt", time("When the form came")),
        ("changedAt", time("When it last changed")),
        ("measures", measures()),
    ];
    let client = ObjectBuilder::new()
        .schema_type(Type::Object)
        .property("clientId", string("The client"))
        .property("validUntil", time("When it gives way to its successor"))
        .required("clientId");
    let clients = ArrayBuilder::new().items(client.build()).description(Some("Newest first"));
    let registration = ObjectBuilder::new().schema_type(Type::Object);
    let registration = all_required(all_required(registration, own), contact());
    all_required(registration, volumes())
        .property("phone", phone())
        .property("unconfirmedEmail", string("An address that waits to be confirmed"))
        .property("tier", tier("The tier that was granted"))
        .property("clients", clients)
        .required("clients")
        .into()
}

fn measures() -> ObjectBuilder {
    let measure = || {
        ObjectBuilder::new()
            .schema_type(Type::Object)
            .property("reason", string("Why"))
            .property("until", time("When it ends by itself"))
            .required("reason")
    };
    let limits = || {
        let limit = |object: ObjectBuilder, name| object.property(name, integer("A limit"));
        LIMITS.into_iter().fold(measure(), limit)
    };
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .description(Some("What holds beside the tier"))
        .property("limits", limits())
        .property("throttle", limits())
        .property("bulkRestriction", measure())
        .property("termsRestriction", measure())
        .property("suspension", measure())
}

const LIMITS: [&str; 6] =
    ["perSecond", "burst", "perHour", "perDay", "operations", "recordsPerDay"];

fn act() -> RefOr<Schema> {
    let particulars = ObjectBuilder::new().schema_type(Type::Object);
    let own = [
        ("actId", guid("What names it")),
        ("at", time("When")),
        ("by", string("Who: an operator, a client, the applicant, or the service")),
        ("act", string("What")),
    ];
    all_required(ObjectBuilder::new().schema_type(Type::Object), own)
        .property("particulars", particulars.description(Some("Particulars")))
        .property("reason", string("Why"))
        .into()
}

fn registration_page() -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .property("registrations", array_of("Registration"))
        .required("registrations")
        .property("next", time("What to ask for after this page, if there may be more"))
        .into()
}

fn registration_history() -> RefOr<Schema> {
    object(&[
        ("registration", Ref::from_schema_name("Registration").into()),
        ("acts", array_of("Act").into()),
    ])
}

fn order_body() -> RefOr<Schema> {
    let limit = |object: ObjectBuilder, name| {
        object.property(name, integer("limits, throttle: a limit").minimum(Some(0)))
    };
    let measures = ["limits", "throttle", "bulk", "terms", "suspension", "all"];
    let overlap = integer("rotate: hours for which the first secret stays good")
        .minimum(Some(0))
        .maximum(Some(168));
    LIMITS
        .into_iter()
        .fold(closed(), limit)
        .description(Some(
            "Every order but `approve` and `export` has a reason; `approve` needs one to make a \
             partner of an organisation that is no government agency. `limits`, `throttle` and \
             `suspend` need an end.",
        ))
        .property("reason", string("Why; the user is told").max_length(Some(1_000)))
        .property("tier", tier("approve: the tier, if it is not the usual one"))
        .property("until", time("limits, throttle, suspend, restrict-bulk: the end"))
        .property("overlapHours", overlap)
        .property("measure", string("lift: which measure").enum_values(Some(measures)))
        .into()
}

fn usage() -> RefOr<Schema> {
    let count = |description| integer(description).minimum(Some(0));
    let plain = || ObjectBuilder::new().schema_type(Type::Object);
    let used = || {
        let counts = [("calls", count("Requests")), ("records", count("Records that were coded"))];
        all_required(plain(), counts)
    };
    let limits =
        LIMITS.into_iter().fold(plain(), |object, name| object.property(name, count("A limit")));
    let left = [
        ("window", string("The limit's name").enum_values(Some(["second", "hour", "day"]))),
        ("limit", count("What it allows")),
        ("left", count("What is left of it")),
        ("resetSeconds", count("Seconds until it is whole again")),
    ];
    let running = [
        ("operationId", guid("The operation")),
        ("status", string("Where it stands")),
        ("topic", string("What it codes to")),
        ("percentComplete", count("How much is coded")),
        ("createdAt", time("When it was created")),
    ];
    let left = ArrayBuilder::new().items(all_required(plain(), left).build());
    let running = ArrayBuilder::new().items(all_required(plain(), running).build());
    let days = used().property("date", date("The day, UTC")).required("date");
    let days = ArrayBuilder::new().items(days.build()).max_items(Some(90));
    plain()
        .property("limits", limits.description(Some("The limits in force")))
        .property("left", left.description(Some("What is left in each window")))
        .property("nominated", all_required(plain(), volumes()))
        .property("today", used())
        .property("month", used())
        .property("days", days.description(Some("Days on which anything was used, newest first")))
        .property("runningOperations", running)
        .required("limits")
        .required("left")
        .required("today")
        .required("month")
        .required("days")
        .required("runningOperations")
        .into()
}

fn feedback_kind() -> ObjectBuilder {
    let kinds = ["question", "feedback", "complaint", "criticalFault", "wrongCode"];
    string("What it is about").enum_values(Some(kinds))
}

fn feedback_form() -> RefOr<Schema> {
    let may_keep = ObjectBuilder::new().schema_type(Type::Boolean).description(Some(
        "wrongCode: whether the texts may be kept, for a year, to better the models",
    ));
    closed()
        .property("kind", feedback_kind())
        .required("kind")
        .property("text", string("Every kind but wrongCode: what is said").max_length(Some(5_000)))
        .property("topic", string("wrongCode: the topic"))
        .property("givenCode", string("wrongCode: the code that was given"))
        .property("rightCode", string("wrongCode: the code that would have been right"))
        .property("occp_text", string("wrongCode: the title that was coded"))
        .property("tasks_text", string("wrongCode: the tasks that were coded"))
        .property("mayKeepText", may_keep)
        .into()
}

fn feedback_taken() -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .property("reference", string("What to name when writing about it"))
        .required("reference")
        .property("settleBy", time("By when a complaint is to be settled"))
        .into()
}

fn feedback() -> RefOr<Schema> {
    let own = [
        ("reference", string("What names it")),
        ("kind", feedback_kind()),
        ("clientId", string("Who sent it")),
        ("at", time("When it came")),
    ];
    all_required(ObjectBuilder::new().schema_type(Type::Object), own)
        .property("registrationId", guid("Of which registration"))
        .property("text", string("What it says"))
        .property("acknowledgeBy", time("By when a complaint is to be acknowledged"))
        .property("settleBy", time("By when a complaint is to be settled"))
        .into()
}

fn field_problem() -> RefOr<Schema> {
    object(&[
        ("field", string("The field at fault").into()),
        ("detail", string("What is wrong with it; never any of the text itself").into()),
    ])
}
