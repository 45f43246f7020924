import * as z from 'zod';
import type { Json } from '../../../kernel/canonical.ts';
import type { NormalizedEdge, NormalizedNode, ObservedActivity } from '../../../observations/observation.ts';
import { canonicalEndpoint } from '../../endpoint-url.ts';
import { known } from '../../properties.ts';
import { columnEdge, recordRef } from './instance-ref.ts';
import { Column, OldColumn, Reference, SysId, tableApi } from './table-page.ts';

/** A call that ServiceNow makes. */
export const RestMessage = z.object({
  sys_id: SysId,
  name: Column,
  rest_endpoint: Column,
  authentication_type: OldColumn,
  oauth2_profile: Reference.optional(),
});
export type RestMessage = z.infer<typeof RestMessage>;

/** One method of it, whose settings override the message's. */
export const RestMessageMethod = z.object({
  sys_id: SysId,
  rest_message: Reference,
  http_method: OldColumn,
  rest_endpoint: OldColumn,
  oauth2_profile: Reference.optional(),
});
export type RestMessageMethod = z.infer<typeof RestMessageMethod>;

/** How an outbound provider is used: names the provider. */
export const OauthProfile = z.object({ sys_id: SysId, oauth_entity: Reference });

/** Calls of the log of outbound requests, counted by host and path, as the Aggregate API returns them. */
export const OutboundCount = z.object({
  stats: z.object({ count: z.coerce.number().int().nonnegative() }),
  groupby_fields: z.array(z.object({ field: z.string(), value: z.string() })),
});

/** The calls of 30 days up to `period_end` (ISO time), as the log of outbound requests has them. */
export interface OutboundCounts {
  readonly counts: readonly z.infer<typeof OutboundCount>[];
  readonly period_end: string;
}

/** What a message is converted with. */
export interface RestMessageContext {
  readonly host: string;
  readonly methods: readonly RestMessageMethod[];
  /** The provider of each OAuth profile. */
  readonly providers: ReadonlyMap<string, string>;
  /** Undefined where the log was not read: not counted is not zero. */
  readonly outbound?: OutboundCounts | undefined;
}

/**
 * A message: the workload that calls out. Of its endpoints only those are keys that name one host and path; one with
 * `${variables}` is known when it runs.
 */
export function* toRestMessage(
  message: RestMessage,
  { host, methods, providers, outbound }: RestMessageContext,
): Generator<NormalizedNode | NormalizedEdge | ObservedActivity, void, undefined> {
  const ref = recordRef('servicenow_rest_message', host, 'sys_rest_message', message.sys_id);
  const own = methods.filter(({ rest_message }) => rest_message === message.sys_id);
  const endpoints = sorted(
    [message.rest_endpoint, ...own.map((method) => method.rest_endpoint)].map(canonicalEndpoint),
  );
  yield {
    kind: 'node',
    ...ref,
    display_name: message.name,
    properties: known({
      endpoint: canonicalEndpoint(message.rest_endpoint) ?? null,
      endpoints,
      http_method: sorted(own.map(({ http_method }) => http_method?.toUpperCase())).join(',') || null,
      authentication_type: message.authentication_type || undefined,
    }),
    correlation_keys: endpoints.map((value) => ({ kind: 'endpoint_url', value })),
    api: tableApi('sys_rest_message'),
  };
  const profiles = sorted([message.oauth2_profile, ...own.map(({ oauth2_profile }) => oauth2_profile)]);
  for (const provider of sorted(profiles.map((profile) => providers.get(profile)))) {
    const to = recordRef('servicenow_oauth_client', host, 'oauth_entity', provider);
    yield columnEdge('AUTHENTICATES_AS', ref, to, { column: 'oauth2_profile' });
  }
  if (outbound) yield { kind: 'activity', entity: ref, name: 'exec30', value: exec30(endpoints, outbound) };
}

/** Two messages to one endpoint share its calls: the log does not say which of them called. */
function exec30(endpoints: readonly string[], { counts, period_end }: OutboundCounts): Json {
  const count = counts.reduce((sum, { stats, groupby_fields }) => {
    const field = (name: string): string => groupby_fields.find((group) => group.field === name)?.value ?? '';
    const path = field('path').replace(/^\/?/, '/');
    const called = canonicalEndpoint(`https://${field('hostname')}${path}`);
    return called !== undefined && endpoints.includes(called) ? sum + stats.count : sum;
  }, 0);
  return { count, period_end };
}

const sorted = (texts: readonly (string | undefined)[]): readonly string[] =>
  [...new Set(texts.filter((text): text is string => Boolean(text)))].sort();
