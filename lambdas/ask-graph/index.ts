import { visibleInput } from '../../src/store/stitch-input.ts';
import { correlationSettingsStore } from '../../src/store/tenant-correlation-settings.ts';
import { readEnv, searchLimits } from '../environment.ts';
import { databaseFromSecret } from '../mongo.ts';
import { onceReady } from '../once-ready.ts';
import { AskGraphEnv } from './env.ts';
import { askGraphHandler } from './handler.ts';

const env = readEnv(AskGraphEnv, process.env);

const ready = onceReady(async () => {
  const db = await databaseFromSecret(env.MONGODB_SECRET_ARN);
  return askGraphHandler({
    settings: correlationSettingsStore(db),
    input: (whose) => visibleInput(db, whose),
    limits: searchLimits(env),
    max_documents: env.MAX_DOCUMENTS,
  });
});

export const handler = async (event: unknown) => (await ready())(event);
