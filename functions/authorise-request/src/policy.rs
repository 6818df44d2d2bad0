//! The policy that API Gateway enforces for a token.

use api::Caller;
use aws_lambda_events::apigw::{
    ApiGatewayCustomAuthorizerPolicy, ApiGatewayCustomAuthorizerResponse,
};
use aws_lambda_events::iam::{IamPolicyEffect, IamPolicyStatement};

/// What a token opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Access {
    /// Synchronous coding.
    pub(crate) code: bool,
    /// Bulk coding.
    pub(crate) bulk: bool,
}

/// What every registered client may call: what there is, and what concerns its own registration.
const OPEN: [&str; 6] = [
    "GET/v1/topics*",
    "GET/v1/registration",
    "PATCH/v1/registration",
    "POST/v1/registration/acceptances",
    "GET/v1/usage",
    "POST/v1/feedback",
];

/// Allows a caller what it may use, on every route: the gateway keeps the answer and asks it of
/// later requests with the same token, whatever their route.
pub(crate) fn allow(
    method_arn: &str,
    caller: &Caller,
    access: Access,
) -> ApiGatewayCustomAuthorizerResponse {
    let stage = stage_arn(method_arn);
    let mut open: Vec<_> = OPEN.iter().map(|route| format!("{stage}/{route}")).collect();
    if access.code {
        open.push(format!("{stage}/POST/v1/topics/*/code"));
    }
    let bulk = vec![format!("{stage}/*/v1/topics/*/batch-code*")];
    // Denied by name where it is not allowed, as the pattern of the topics takes it in.
    let effect = if access.bulk { IamPolicyEffect::Allow } else { IamPolicyEffect::Deny };
    let statements = vec![statement(IamPolicyEffect::Allow, open), statement(effect, bulk)];
    let mut answer = answer(statements, caller.client_id.as_str());
    answer.context = caller.to_context();
    answer
}

/// Denies everything.
pub(crate) fn deny(method_arn: &str) -> ApiGatewayCustomAuthorizerResponse {
    let all = vec![format!("{}/*", stage_arn(method_arn))];
    answer(vec![statement(IamPolicyEffect::Deny, all)], "unauthorised")
}

fn statement(effect: IamPolicyEffect, resources: Vec<String>) -> IamPolicyStatement {
    let mut statement = IamPolicyStatement::default();
    statement.effect = effect;
    statement.action = vec!["execute-api:Invoke".to_owned()];
    statement.resource = resources;
    statement
}

fn answer(
    statements: Vec<IamPolicyStatement>,
    principal: &str,
) -> ApiGatewayCustomAuthorizerResponse {
    let mut policy = ApiGatewayCustomAuthorizerPolicy::default();
    policy.version = Some("2012-10-17".to_owned());
    policy.statement = statements;
    let mut answer = ApiGatewayCustomAuthorizerResponse::default();
    answer.principal_id = Some(principal.to_owned());
    answer.policy_document = policy;
    answer.context = serde_json::json!({});
    answer
}

/// The API and stage of a method: `arn:…:execute-api:<region>:<account>:<api>/<stage>`.
fn stage_arn(method_arn: &str) -> &str {
    let end = method_arn.match_indices('/').nth(1).map_or(method_arn.len(), |(place, _)| place);
    &method_arn[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_covers_the_whole_stage() {
        let arn =
            "arn:aws:execute-api:ap-southeast-2:123456789012:abc/prod/POST/v1/topics/osca/code";
        assert_eq!(stage_arn(arn), "arn:aws:execute-api:ap-southeast-2:123456789012:abc/prod");
        let denied = deny(arn);
        let statement = &denied.policy_document.statement[0];
        assert_eq!(statement.effect, IamPolicyEffect::Deny);
        assert_eq!(
            statement.resource,
            ["arn:aws:execute-api:ap-southeast-2:123456789012:abc/prod/*"]
        );
    }
}
