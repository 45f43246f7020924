import type { ShownInstance } from '../../lambdas/api/answers/connector-instances.ts';
import type { ConnectionCheck } from '../../src/control/connection-check.ts';
import { plainText } from '../terminal/plain-text.ts';
import type { Screen } from '../terminal/screen.ts';
import { EXIT } from './exit-code.ts';
import { showFields } from './fields.ts';
import type { Columns } from './list.ts';

/** Shows one instance. */
export function showInstance(instance: ShownInstance, screen: Screen): void {
  const { last_check, deleted_at } = instance;
  showFields(
    [
      ['instance', instance._id],
      ['name', instance.display_name],
      ['kind', instance.connector_kind],
      ['status', deleted_at === undefined ? instance.status : `${instance.status} at ${deleted_at}`],
      ['workspace', instance.workspace_id],
      ['looks at', looksAt(instance)],
      ['regions', regionsOf(instance)?.join(', ')],
      ['categories', instance.discovered_capabilities.service_categories_available.join(', ') || 'none yet'],
      ['external id', instance.connector_kind === 'aws' ? instance.external_id : undefined],
      ['credentials', 'credentials_ref' in instance ? instance.credentials_ref : undefined],
      ['last check', last_check && `${last_check.status} at ${last_check.checked_at}`],
      ['retired', instance.ended_at],
      ['created', `${instance.created_at} by ${instance.created_by}`],
    ],
    screen,
  );
}

/** Instances in a list. */
export const INSTANCE_COLUMNS: Columns<ShownInstance> = [
  ['id', ({ _id }) => _id],
  ['name', ({ display_name }) => display_name],
  ['kind', ({ connector_kind }) => connector_kind],
  ['status', ({ status }) => status],
  ['looks at', looksAt],
  ['regions', (instance) => regionsOf(instance)?.join(' ') ?? ''],
];

/** Of AWS, the regions that are looked at. */
const regionsOf = (instance: ShownInstance): readonly string[] | undefined =>
  instance.connector_kind === 'aws' ? (instance.config.regions ?? ['those enabled']) : undefined;

function looksAt(instance: ShownInstance): string {
  switch (instance.connector_kind) {
    case 'aws':
      return instance.config.mode === 'organization'
        ? 'the organization'
        : `accounts ${instance.config.account_ids.join(', ')}`;
    case 'entra':
      return `directory ${instance.config.entra_tenant_id}`;
    case 'servicenow':
      return instance.config.instance_url;
    case 'foundry':
      return `subscriptions ${instance.config.subscription_ids.join(', ')}`;
    case 'push':
      return `what is sent of ${instance.source_system_ids.join(', ')}`;
  }
}

/** How a command ends that tried a connection. */
export function exitCodeOfCheck(status: ConnectionCheck['status']): number {
  if (status === 'connected') return EXIT.fine;
  return status === 'partly' ? EXIT.partial : EXIT.failed;
}

/** Shows what trying a connection came to, and what to do. */
export function showCheck({ status, findings }: ConnectionCheck, screen: Screen): void {
  screen.line(`   ${status}`);
  for (const { target, status: found, message, remedy, responsible } of findings) {
    screen.verdict(found === 'connected', `${plainText(target)}: ${plainText(message)}`);
    if (remedy !== undefined) screen.line(`     What to do: ${plainText(remedy)}`);
    if (responsible !== undefined) screen.line(`     Who: ${responsible}`);
  }
}
