import { randomBytes } from 'node:crypto';
import { decodeJwt } from 'jose';
import { announceLocalHub } from '../../bin/cli/local-hub.ts';
import type { Screen } from '../../bin/terminal/screen.ts';
import { connect } from '../../labs/mediapro/connect.ts';
import { spokeRoleArn } from '../../labs/mediapro/estate.ts';
import { ACCOUNT_NAMES } from '../../labs/mediapro/names.ts';
import type { OidcClient } from '../local/oidc.ts';
import type { Stage } from './stage.ts';

/**
 * Lets the CLI of this checkout in for as long as this process lives, makes an instance and a scope of the estate unless they
 * are there, and says how to talk to what is running: lines for another shell.
 */
export async function showHowToTalk(stage: Stage, screen: Screen): Promise<void> {
  const { services, hub, organization } = stage;
  const { aws, mongo, oidc } = services;
  const token = await hub.token();
  const client = operatorOf(token);
  const token_url = `${oidc.issuer}/token`;
  oidc.register(client);
  announceLocalHub({
    ...client,
    url: hub.api_url,
    token_url,
    ca_file: aws.caFile,
    aws: { endpoint: aws.endpoint, region: aws.region, account: hub.account, stack: hub.name },
  });

  screen.chapter('Running, until Ctrl-C');
  const group = (title: string, ...lines: readonly string[]): void => {
    screen.line();
    screen.line(`   ${screen.paint('cyan', title)}`);
    for (const line of lines) screen.line(line);
  };
  const { scope } = await connect(stage.api, organization.placement);
  group('The CLI, from this checkout:', ...cliLines(scope._id));
  group(
    'The API, and the lab in labs/mediapro; the token is good for an hour:',
    `export THROUGHLINE_API_URL='${hub.api_url}'`,
    `export THROUGHLINE_TOKEN='${token}'`,
    `export NODE_EXTRA_CA_CERTS='${aws.caFile}'`,
    `curl -sS --cacert "$NODE_EXTRA_CA_CERTS" -H "Authorization: Bearer $THROUGHLINE_TOKEN" "$THROUGHLINE_API_URL/api/v1/paths"`,
    `AWS_ENDPOINT_URL='${aws.endpoint}' AWS_REGION='${aws.region}' npm run lab:validate   # after labs/mediapro/up.sh and scan.sh, or the demo`,
  );
  group(
    'Another token:',
    `curl -sS -d grant_type=client_credentials -d client_id=${client.client_id} -d client_secret=${client.client_secret} ${token_url}`,
  );
  group('MongoDB:', mongo.uri);
  group(
    'AWS, where an access key id is the id of the account whose root it is, and any secret does:',
    ...accountLines(organization),
    `export AWS_ENDPOINT_URL='${aws.endpoint}' AWS_REGION='${aws.region}' AWS_CA_BUNDLE='${aws.caFile}'`,
    `export AWS_ACCESS_KEY_ID=${organization.placement.accounts.workloads} AWS_SECRET_ACCESS_KEY=any`,
  );
  const rule = { when: { role: spokeRoleArn(organization.placement.accounts.workloads), ...REFUSED }, fault: 'refuse' };
  group(
    `The fault proxy: refuse a call of the spoke role in ${ACCOUNT_NAMES.workloads}, so that the next run is partial; see what is in force; stop it:`,
    `curl -sS -H 'content-type: application/json' -d '${JSON.stringify(rule)}' ${aws.faults.controlUrl}`,
    `curl -sS ${aws.faults.controlUrl}`,
    `curl -sS -X DELETE ${aws.faults.controlUrl}`,
  );
}

/** Of a rule that the fault proxy takes: tools/local/fault-proxy/rules.ts. */
const REFUSED = { action: 'lambda:ListFunctions' };

/** A client of the issuer that may do what the token may. */
function operatorOf(token: string): OidcClient {
  const { iat: _iat, exp: _exp, ...claims } = decodeJwt(token);
  return { client_id: 'local-operator', client_secret: randomBytes(16).toString('hex'), claims };
}

/** From a scope to a path, and output for a pipe. */
const cliLines = (scope_id: string): readonly string[] => [
  'npm run cli -- --help',
  `npm run cli -- runs start ${scope_id} --wait`,
  'npm run cli -- runs list',
  'npm run cli -- paths list',
  'npm run cli -- paths show <the beginning of its id>',
  'npm run --silent cli -- paths list --json | head',
];

const accountLines = ({ placement: { accounts }, management_account }: Stage['organization']): readonly string[] => [
  `# ${ACCOUNT_NAMES.security} ${accounts.security} (the hub), ${ACCOUNT_NAMES.workloads} ${accounts.workloads}, ` +
    `${ACCOUNT_NAMES.data} ${accounts.data}, management ${management_account}`,
];
