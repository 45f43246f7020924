import type { Screen } from '../../bin/terminal/screen.ts';
import type { Stage } from './stage.ts';

/** Says how to talk to what is running. */
export async function showHowToTalk({ services, hub, organization }: Stage, screen: Screen): Promise<void> {
  const token = await hub.token();
  screen.chapter('Still running, until Ctrl-C');
  screen.line(`export THROUGHLINE_API_URL='${hub.api_url}'`);
  screen.line(`export THROUGHLINE_TOKEN='${token}'`);
  screen.line(`export NODE_EXTRA_CA_CERTS='${services.aws.caFile}'`);
  screen.line(`export AWS_ENDPOINT_URL='${services.aws.endpoint}' AWS_REGION='${services.aws.region}'`);
  screen.line(
    `curl --cacert "$NODE_EXTRA_CA_CERTS" -H "Authorization: Bearer $THROUGHLINE_TOKEN" "$THROUGHLINE_API_URL/api/v1/paths"`,
  );
  screen.line(`MongoDB: ${services.mongo.uri}`);
  screen.line(`AWS: the access key id is an account id, any secret does`);
  screen.line(`accounts: ${Object.values(organization.placement.accounts).join(', ')}`);
}
