import type { EntityRef } from '../../observations/observation.ts';

/**
 * Names the host behind a URL that AWS calls. Paths, queries and user names of such URLs are often what lets a caller in, so
 * none of them is kept. Throws TypeError where the text is no URL.
 */
export function endpointRef(url: string, { partition }: { readonly partition: string }): EntityRef {
  const { protocol, host } = new URL(url);
  return {
    entity_type: 'external_https_endpoint',
    source_system_id: `aws:${partition}`,
    source_record_id: `${protocol}//${host}`,
  };
}
