import { setTimeout as sleep } from 'node:timers/promises';
import { MongoClient } from 'mongodb';
import type { WatchedRun } from '../../lambdas/api/answers/scan-runs.ts';
import { hashOf } from '../../src/kernel/canonical.ts';
import type { Cell } from '../../src/runs/cell.ts';
import { isOver } from '../../src/runs/run.ts';
import type { Stage } from '../../tools/demo/stage.ts';

export const CATEGORIES = ['aws_iam', 'aws_lambda', 'aws_s3', 'aws_dynamodb_sns'];

/** Makes an instance over the organization and a scope of the estate's accounts; gives the scope's id. */
export async function organizationScope(stage: Stage, categories = CATEGORIES): Promise<string> {
  const instance = await stage.api.createInstance({
    connector_kind: 'aws',
    display_name: 'e2e',
    config: { mode: 'organization', regions: [stage.services.aws.region] },
  });
  const scope = await stage.api.createScope({
    instance_id: instance._id,
    scope_keys: { account_ids: Object.values(stage.organization.placement.accounts) },
    service_categories: categories,
  });
  return scope._id;
}

/** Seconds: what is lost on a busy machine is mended within two minutes, and then the run is over. */
const PATIENCE = 150;

export interface Scanned {
  readonly run: WatchedRun;
  readonly cells: readonly Cell[];
}

/** Starts a run and waits until it is over. Throws after `seconds`. */
export async function scan(stage: Stage, scope_id: string, seconds = PATIENCE): Promise<Scanned> {
  const { _id } = await stage.api.startRun(scope_id);
  return over(stage, _id, seconds);
}

/** Waits until a run is over. */
export async function over(stage: Stage, run_id: string, seconds = PATIENCE): Promise<Scanned> {
  const until = performance.now() + seconds * 1_000;
  while (performance.now() < until) {
    const run = await stage.api.getRun(run_id);
    if (isOver(run.status)) return { run, cells: await stage.api.listCells(run_id) };
    await sleep(200);
  }
  throw new Error(`run ${run_id} was not over after ${seconds} s`);
}

export const cellOf = (cells: readonly Cell[], category: string, account_id: string): Cell => {
  const cell = cells.find((it) => it.category === category && it.account_id === account_id);
  if (!cell) throw new Error(`there is no cell ${category}:${account_id}`);
  return cell;
};

/** Fields that may differ between the same estate scanned in different ways: when and by whom it was seen, and how often it was written. */
const SIGHTINGS = new Set(['observed_at', 'run_id', 'seq', 'first_seq', 'version', 'connector_id', 'instance_id']);

const withoutSightings = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutSightings);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !SIGHTINGS.has(name))
      .map(([name, member]) => [name, withoutSightings(member)]),
  );
};

/** What is believed, by collection and id, without what may differ. */
export async function beliefs(stage: Stage): Promise<Readonly<Record<string, string>>> {
  const client = await MongoClient.connect(stage.services.mongo.uri);
  try {
    const hashes: Record<string, string> = {};
    for (const name of ['entities', 'edges', 'stitched_paths']) {
      for await (const document of client.db().collection(name).find().sort({ _id: 1 })) {
        if (!document.retired_at) hashes[`${name}/${document._id}`] = hashOf(withoutSightings(document));
      }
    }
    return hashes;
  } finally {
    await client.close();
  }
}
