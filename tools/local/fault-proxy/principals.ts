import { readFileSync } from 'node:fs';

/** Whose credentials an access key is of. */
export interface Principal {
  readonly account: string;
  /** `arn:aws:iam::<account>:role/<name>`, without the role's path; absent for users and for the root of an account. */
  readonly role?: string;
  /** As AWS names the caller in its refusals. */
  readonly arn: string;
}

/** Says whose credentials an access key is of; undefined for a key that is not known. */
export type PrincipalOf = (accessKey: string) => Principal | undefined;

/**
 * Reads the file in which the emulator's launcher notes every session that it hands out, a line each: the access key and
 * the ARN of the session. A key of twelve digits is the root of that account.
 */
export function principalsFrom(file: string): PrincipalOf {
  const known = new Map<string, Principal>();
  return (accessKey) => {
    if (/^\d{12}$/.test(accessKey)) return { account: accessKey, arn: `arn:aws:iam::${accessKey}:root` };
    if (!known.has(accessKey)) readInto(known, file);
    return known.get(accessKey);
  };
}

function readInto(known: Map<string, Principal>, file: string): void {
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const [accessKey, arn] = line.split(' ');
    if (!accessKey || !arn) continue;
    const account = arn.split(':')[4] ?? '';
    const role = /:assumed-role\/([^/]+)\//.exec(arn)?.[1];
    known.set(accessKey, { account, arn, ...(role && { role: `arn:aws:iam::${account}:role/${role}` }) });
  }
}

/** Whether two ARNs name one role: the path of a role is not in the ARNs of its sessions. */
export function isSameRole(one: string, other: string): boolean {
  const withoutPath = (arn: string): string => arn.replace(/:role\/.*\//, ':role/');
  return withoutPath(one) === withoutPath(other);
}
