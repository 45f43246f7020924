import type { ConnectorKind } from '../connectors/connector.ts';

/** Kinds of source systems whose address a caller gives. The addresses of the others follow from what they are. */
export type AddressedKind = Extract<ConnectorKind, 'servicenow' | 'foundry'>;

/** Host names that the hub may talk to: a name, or `*.` and a name for exactly one label before it. */
export type SourceHosts = Readonly<Record<AddressedKind, readonly string[]>>;

const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
/**
 * An address is taken only in the one spelling that leaves nothing to interpret: before any parser has looked at it, there is
 * no room for user info, a port, a query, an escape, an upper-case or full-width letter, a trailing dot or a line end.
 */
const ADDRESS = new RegExp(`^https://((?:${LABEL}\\.)+${LABEL})((?:/[A-Za-z0-9][A-Za-z0-9._-]*)*)$`);
/** A pattern of the hub's own configuration. */
export const HOST_PATTERN = new RegExp(`^(?:\\*\\.)?(?:${LABEL}\\.)+[a-z]{2,63}$`);

/** An https address of a source system, taken apart. */
export interface SourceAddress {
  readonly host: string;
  /** Empty, or beginning with a slash. */
  readonly path: string;
}

/** Takes an address apart; undefined where it is written in any but the plain form `https://<host>[/<path>]`. */
export function sourceAddress(text: string): SourceAddress | undefined {
  const [, host, path] = ADDRESS.exec(text) ?? [];
  if (host === undefined || path === undefined || host.length > 253) return undefined;
  const labels = host.split('.');
  // Punycode may show other letters than it is compared by, and a numeric last label makes the host an IP address.
  if (labels.some((label) => label.startsWith('xn--')) || !/^[a-z]{2,}$/.test(labels.at(-1) ?? '')) return undefined;
  return { host, path };
}

/** Whether a host is one of those that the hub may talk to. */
export const isAllowedHost = (host: string, allowed: readonly string[]): boolean =>
  allowed.some((pattern) => {
    if (!pattern.startsWith('*.')) return host === pattern;
    const first = host.indexOf('.');
    return first > 0 && host.slice(first) === pattern.slice(1);
  });
