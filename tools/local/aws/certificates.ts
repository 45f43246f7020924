import { mkdirSync, readFileSync } from 'node:fs';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import type { Run } from '../run-folder.ts';

/** A throw-away authority and one certificate for localhost, good for one run. */
export interface Certificates {
  /** PEM file of the authority: what clients trust. */
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

/** Makes certificates in the run's folder. */
export async function makeCertificates(run: Run): Promise<Certificates> {
  const folder = run.file('tls');
  mkdirSync(folder);
  const names = ['localhost', '*.localhost', '127.0.0.1', '::1'];
  const child = run.start('tls', 'python', ['-m', 'trustme', '--quiet', '--dir', folder, '--identities', ...names]);
  const { code } = await child.exited;
  if (code !== 0) throw new Error(`cannot make certificates:\n${child.tail()}`);
  return {
    caFile: run.file('tls', 'client.pem'),
    certFile: run.file('tls', 'server.pem'),
    keyFile: run.file('tls', 'server.key'),
  };
}

/** Makes this process trust the authority, too: NODE_EXTRA_CA_CERTS is read only when Node starts. */
export function trustHere(caFile: string): void {
  setDefaultCACertificates([...getCACertificates('default'), readFileSync(caFile, 'utf8')]);
}
