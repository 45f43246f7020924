import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { AppError } from '../../src/kernel/failures.ts';

/** Why a secret cannot be read, where that is for whoever connects the source to mend. */
const REASONS: Readonly<Record<string, string>> = {
  ResourceNotFoundException: 'is not there, or has no value, in the account and region of the hub',
  InvalidRequestException: 'is being deleted',
  AccessDeniedException:
    'may not be read by the hub: it must be encrypted with the key of the hub or that of the account',
  DecryptionFailure: 'cannot be decrypted',
};

/** Reads secrets as text. Throws AppError `credentials_invalid` where a secret is not there or may not be read. */
export const secretReader =
  (client: SecretsManagerClient) =>
  async (name: string): Promise<string> => {
    try {
      const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: name }));
      if (SecretString !== undefined) return SecretString;
    } catch (error) {
      const reason = error instanceof Error ? REASONS[error.name] : undefined;
      if (reason === undefined) throw error;
      throw new AppError('credentials_invalid', `the secret ${name} ${reason}`, { cause: error });
    }
    throw new AppError('credentials_invalid', `the secret ${name} holds bytes and no text`);
  };
