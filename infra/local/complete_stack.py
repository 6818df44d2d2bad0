"""Does to the deployed stack what the emulator leaves out of its definition, and prints the stack's
outputs as JSON. Runs in the emulator's environment, for boto3.

The emulator passes over the gateway responses in the API's OpenAPI body, and expands the template
with the parameters' defaults, so that the authoriser would cache its answers for the default time.
A concurrency that is a parameter it keeps as text, which stops it from polling any queue. And it
makes tables without their time to live.
"""

import json
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
    for table in (outputs["QuotasTableName"], outputs["OperationsTableName"]):
        expire_items(table)
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


def expire_items(table: str) -> None:
    tables = boto3.client("dynamodb")
    if tables.describe_time_to_live(TableName=table)["TimeToLiveDescription"]["TimeToLiveStatus"] == "DISABLED":
        tables.update_time_to_live(
            TableName=table, TimeToLiveSpecification={"AttributeName": "expires_at", "Enabled": True},
        )


if __name__ == "__main__":
    main(sys.argv[1])
