const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A GUID as it is compared: in lower case, since Microsoft's services are not consistent. Undefined where the value is none. */
export const guidOf = (value: unknown): string | undefined =>
  typeof value === 'string' && GUID.test(value) ? value.toLowerCase() : undefined;
