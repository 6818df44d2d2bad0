"""Does to the deployed stack what the emulator leaves out of its definition, and prints the stack's
outputs as JSON. Runs in the emulator's environment, for boto3.

The emulator passes over the gateway responses in the API's OpenAPI body, and expands the template
with the parameters' defaults, so that the authoriser would cache its answers for the default time.
A concurrency that is a parameter it keeps as text, which stops it from polling any queue. It makes
tables without their time to live, and does not tell functions under which address it was called.
"""

import json
import os
import sys

import boto3


def main(stack_name: str) -> None:
    cloudformation = boto3.client("cloudformation")
    stack = cloudformation.describe_stacks(StackName=stack_name)["Stacks"][0]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    template = cloudformation.get_template(StackName=stack_name, TemplateStage="Processed")["TemplateBody"]
    parameters = {given["ParameterKey"]: given["ParameterValue"] for given in stack["Parameters"]}

    stage = complete_gateway(outputs["ApiId"], template["Resources"]["Api"]["Properties"]["Body"])
    limit_concurrency(outputs["CodeChunkFunction"], int(parameters["ChunkConcurrency"]))
    for table in ("QuotasTableName", "OperationsTableName", "ApplicationsTableName", "FeedbackTableName", "WrongCodesTableName"):
        expire_items(outputs[table])
    say_where_the_api_is(outputs["RegisterClientFunction"], outputs["ApiId"], stage)
    verify_sender(parameters["MailFrom"])
    print(json.dumps(outputs | {"Stage": stage}))


def complete_gateway(api: str, definition: dict) -> str:
    """Gives the name of the stage."""
    gateway = boto3.client("apigateway")
    for kind, response in definition["x-amazon-apigateway-gateway-responses"].items():
        gateway.put_gateway_response(
            restApiId=api,
            responseType=kind,
            responseParameters=response.get("responseParameters", {}),
            responseTemplates=response.get("responseTemplates", {}),
            **({"statusCode": str(response["statusCode"])} if "statusCode" in response else {}),
        )
    for authoriser in gateway.get_authorizers(restApiId=api)["items"]:
        # No cache on one machine: a test that suspends a client sees it at once.
        gateway.update_authorizer(
            restApiId=api,
            authorizerId=authoriser["id"],
            patchOperations=[{"op": "replace", "path": "/authorizerResultTtlInSeconds", "value": "0"}],
        )
    # Gateway responses take effect with the stage's next deployment.
    stage = gateway.get_stages(restApiId=api)["item"][0]["stageName"]
    gateway.create_deployment(restApiId=api, stageName=stage)
    return stage


def limit_concurrency(function: str, most: int) -> None:
    functions = boto3.client("lambda")
    for mapping in functions.list_event_source_mappings(FunctionName=function)["EventSourceMappings"]:
        functions.update_event_source_mapping(UUID=mapping["UUID"], ScalingConfig={"MaximumConcurrency": most})


def say_where_the_api_is(function: str, api: str, stage: str) -> None:
    """The emulator's events do not say under which address it was called."""
    functions = boto3.client("lambda")
    variables = functions.get_function_configuration(FunctionName=function)["Environment"]["Variables"]
    url = f"{os.environ['AWS_ENDPOINT_URL']}/_aws/execute-api/{api}/{stage}"
    functions.update_function_configuration(
        FunctionName=function, Environment={"Variables": variables | {"PUBLIC_URL": url}},
    )


def verify_sender(address: str) -> None:
    """On AWS a person shows once that the address is theirs."""
    mail = boto3.client("sesv2")
    if address not in {identity["IdentityName"] for identity in mail.list_email_identities()["EmailIdentities"]}:
        mail.create_email_identity(EmailIdentity=address)


def expire_items(table: str) -> None:
    tables = boto3.client("dynamodb")
    if tables.describe_time_to_live(TableName=table)["TimeToLiveDescription"]["TimeToLiveStatus"] == "DISABLED":
        tables.update_time_to_live(
            TableName=table, TimeToLiveSpecification={"AttributeName": "expires_at", "Enabled": True},
        )


if __name__ == "__main__":
    main(sys.argv[1])
