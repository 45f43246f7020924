import type { CellTarget, CollectorTask, Connector, CoverageRow } from '../../src/connectors/connector.ts';
import type { Observation } from '../../src/observations/observation.ts';
import type { Step } from './memory-runs.ts';

/** What a task is to see, in order; then the row that it returns, complete unless said otherwise. A checkpoint's cursor is where a later part goes on. */
export interface Scripted {
  readonly sees: readonly Observation[];
  readonly row?: Partial<CoverageRow>;
}

/** By task, `<collector>/<region>`: what it sees. A task that is not here sees nothing and is complete. */
export type Script = Readonly<Record<string, Scripted>>;

export interface ScriptedConnector {
  readonly connector: Connector;
  /** Whom it was asked to open. */
  readonly opened: readonly CellTarget[];
  /** What was run, with the cursor that it began at. */
  readonly ran: readonly (readonly [string, string | undefined])[];
  readonly open: () => number;
}

const nameOf = ({ collector, region }: CollectorTask): string => `${collector}/${region}`;

/** A source that says what it is told to say; each observation costs one call. */
export function scriptedConnector(
  script: () => Script,
  {
    step = async () => undefined,
    refuse,
    left_out,
  }: {
    readonly step?: Step;
    readonly refuse?: () => unknown;
    readonly left_out?: ((account_id: string, collector: string) => boolean) | undefined;
  } = {},
): ScriptedConnector {
  const opened: CellTarget[] = [];
  const ran: (readonly [string, string | undefined])[] = [];
  let open = 0;
  const tasks: Connector['tasks'] = async (category, regions) =>
    category === 'aws_lambda'
      ? regions.map((region) => ({ collector: 'lambda.functions', region }))
      : ['one', 'two'].map((name) => ({ collector: `${category}.${name}`, region: 'global' }));
  const connector: Connector = {
    kind: 'aws',
    categories: ['aws_iam', 'aws_lambda', 'aws_s3'],
    discovery_category: 'aws_organizations',
    regions_category: 'aws_regions',
    default_regions: ['us-east-1'],
    tasks,
    tasksIn: async (account_id, category, regions) =>
      (await tasks(category, regions)).filter(({ collector }) => !left_out?.(account_id, collector)),
    async open(target) {
      await step('open the source');
      opened.push(target);
      const refusal = refuse?.();
      if (refusal !== undefined) throw refusal;
      open += 1;
      let calls = 0;
      return {
        calls: () => calls,
        close: () => {
          open -= 1;
        },
        async *run(task, cursor) {
          ran.push([nameOf(task), cursor]);
          const { sees, row } = script()[nameOf(task)] ?? { sees: [] };
          const from = sees.findIndex((seen) => seen.kind === 'checkpoint' && seen.cursor === cursor) + 1;
          for (const seen of sees.slice(from)) {
            await step('ask the source');
            calls += 1;
            yield seen;
          }
          return { ...task, status: 'complete', ...row };
        },
      };
    },
  };
  return { connector, opened, ran, open: () => open };
}
