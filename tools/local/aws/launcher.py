"""Starts the AWS emulator with the places mended where it differs from AWS in what Throughline needs.

All of them are functions at module level, which the emulator looks up by name when it calls them.
"""

import json
import os
import re
import runpy
from urllib.parse import urlsplit

import access_analyzer
from ministack import app
from ministack.core import iam_actions
from ministack.core import iam_evaluator as iam
from ministack.services import apigateway, iam as iam_service, lambda_svc, organizations, s3, sqs, sts
from ministack.services.cloudformation import provisioners

# With TLS the emulator also takes port 443 where it may. Ours listens where it was told and nowhere else.
app._port_is_bindable = lambda host, port: False

# AWS: a member account belongs to the organization of the account that created it. The emulator gives every account
# that ever called Organizations an organization of its own, and the others none.
_own_organization = iam._principal_org_id


def _organization_of(account_id):
    for (master, member) in organizations._accounts.to_dict():
        if member == account_id and master != account_id:
            return _own_organization(master)
    return _own_organization(account_id)


iam._principal_org_id = _organization_of

# AWS: aws:PrincipalArn of a role's session is the role's ARN; the emulator gives the session's. The path of the role is
# lost here, so roles that are named in conditions have none.
_known_condition_key = iam._resolve_condition_key
_SESSION = re.compile(r"arn:aws:sts::(\d{12}):assumed-role/([^/]+)/.*")


def _resolve_condition_key(key, context):
    name = key.lower()
    if name == "aws:principalarn" and (session := _SESSION.fullmatch(context.principal_arn or "")):
        return f"arn:aws:iam::{session[1]}:role/{session[2]}"
    if name == "aws:resourceorgid":
        return _organization_of(iam._account_from_arn(context.resource_arn) or context.principal_account)
    return _known_condition_key(key, context)


iam._resolve_condition_key = _resolve_condition_key

# AWS: an account can be made to leave the organization. The emulator does not know the call.
# https://docs.aws.amazon.com/organizations/latest/APIReference/API_RemoveAccountFromOrganization.html
def _remove_account(payload):
    account_id = payload.get("AccountId")
    if account_id not in organizations._accounts:
        return organizations.error_response_json(
            "AccountNotFoundException", f"We can't find an account with the AccountId {account_id}", 400
        )
    del organizations._accounts[account_id]
    for targets in organizations._attachments.values():
        if account_id in targets:
            targets.remove(account_id)
    return organizations._json(200, {})


organizations._DISPATCH["RemoveAccountFromOrganization"] = _remove_account

# AWS: a FIFO queue's mapping runs one batch a message group, as many groups at once as its concurrency allows. The
# emulator runs one batch in all. Order within a group is still kept, since it hands out one message of a group at a
# time if the batch size is 1.
_concurrency = lambda_svc._sqs_esm_concurrency


def _sqs_concurrency(mapping, function, config, queue=None):
    return _concurrency(mapping, function, config, None if (queue or {}).get("is_fifo") else queue)


lambda_svc._sqs_esm_concurrency = _sqs_concurrency


# AWS: the id of an API finds it whoever calls. The emulator looks for it in the caller's account, which a caller with a
# bearer token does not have: it would be the emulator's default one.
def _find_api_scope(api_id):
    for (account, region, known_id), _ in apigateway._apis.all_items():
        if known_id == api_id:
            return account, region
    return None


apigateway.find_api_scope = _find_api_scope

# The SDK sends to the URL of a queue, not to its endpoint, so the URLs name what Lambdas were given as endpoint (the
# fault proxy). The emulator itself looks only at their path.
_endpoint = urlsplit(os.environ["AWS_ENDPOINT_URL"])
sqs.DEFAULT_HOST, sqs.DEFAULT_PORT, sqs._CANONICAL_NETLOC = _endpoint.hostname, str(_endpoint.port), _endpoint.netloc

# AWS: sending, deleting and hiding messages ten at a time needs the same right as one at a time.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-api-permissions-reference.html
_extract_action = iam_actions.extract_iam_action


def _extract_iam_action(service, *args, **kwargs):
    action = _extract_action(service, *args, **kwargs)
    return action.removesuffix("Batch") if action and service == "sqs" else action


iam_actions.extract_iam_action = _extract_iam_action

# AWS: listing the URLs of a function is an action of its own. The emulator takes it for reading the function's code.
# https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctionUrlConfigs.html
_lambda_action = iam_actions._lambda_action


def _lambda_url_action(method, path):
    if method == "GET" and path.rstrip("/").endswith("/urls"):
        return "ListFunctionUrlConfigs"
    return _lambda_action(method, path)


iam_actions._lambda_action = _lambda_url_action

# AWS: a role made by CloudFormation has the permissions boundary that its template names. The emulator drops it.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-role.html
_role = provisioners._RESOURCE_HANDLERS["AWS::IAM::Role"]
_create_role, _update_role = _role["create"], _role["update"]


def _bounded(name, properties):
    if properties.get("PermissionsBoundary"):
        iam_service._roles[name]["PermissionsBoundary"] = properties["PermissionsBoundary"]


def _create_bounded_role(logical_id, properties, stack_name):
    name, attributes = _create_role(logical_id, properties, stack_name)
    _bounded(name, properties)
    return name, attributes


def _update_bounded_role(name, before, after, *args, **kwargs):
    updated = _update_role(name, before, after, *args, **kwargs)
    if name in iam_service._roles:
        _bounded(name, after)
    return updated


_role["create"], _role["update"] = _create_bounded_role, _update_bounded_role

# AWS: a bucket says whether its policy makes it public. The emulator lists its objects instead.
# https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicyStatus.html
_s3_dispatch = s3._dispatch


def _is_public(policy):
    statements = json.loads(policy)["Statement"]
    return any(map(s3._statement_is_public, statements if isinstance(statements, list) else [statements]))


def _dispatch_s3(method, bucket, key, headers, body, query_params):
    if method != "GET" or not bucket or key or "policyStatus" not in query_params:
        return _s3_dispatch(method, bucket, key, headers, body, query_params)
    status, answer_headers, policy = s3._get_bucket_policy(bucket)
    if status != 200:
        return status, answer_headers, policy
    public = "true" if _is_public(policy) else "false"
    body = f'<PolicyStatus xmlns="{s3.S3_NS}"><IsPublic>{public}</IsPublic></PolicyStatus>'
    return 200, {"Content-Type": "application/xml"}, body.encode()


s3._dispatch = _dispatch_s3

# AWS: an account has a public access block of its own. The emulator does not know the path.
# https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetPublicAccessBlock.html
_s3_control = app._handle_s3_control_request
_account_blocks = {}


async def _handle_s3_control(path, method, body, query_params, request_id, headers=None):
    if path != "/v20180820/configuration/publicAccessBlock" or method not in ("GET", "PUT"):
        return await _s3_control(path, method, body, query_params, request_id, headers)
    action = f"s3:{method.title()}AccountPublicAccessBlock"
    refused = app._enforce_data_plane("s3", action, headers, query_params, request_id) or s3.s3control_account_error(headers)
    if refused:
        return refused
    account = headers["x-amz-account-id"]
    if method == "PUT":
        _account_blocks[account] = body
        return 200, {}, b""
    if account in _account_blocks:
        return 200, {"Content-Type": "application/xml"}, _account_blocks[account]
    return s3.s3control_error(
        "NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found", 404
    )


app._handle_s3_control_request = _handle_s3_control

# Notes whose every session is, Lambdas' included, for the fault proxy.
_register_session = sts.register_session


def _note_session(access_key, session):
    with open(os.environ["SESSIONS_FILE"], "a", encoding="utf-8") as notes:
        notes.write(f"{access_key} {session['Arn']}\n")
    return _register_session(access_key, session)


sts.register_session = _note_session

access_analyzer.install()

runpy.run_module("ministack", run_name="__main__", alter_sys=True)
