import { type Estate, evaluate, type PolicyRequest, type PolicySet } from '../../src/policy/index.ts';
import type { CompiledCase } from './corpus.ts';
import { type Oracle, simulationOf } from './oracle.ts';
import { seededRandom } from './random.ts';

/** One question, ready to be asked again and again. */
export interface Question {
  readonly request: PolicyRequest;
  readonly policies: PolicySet;
}

/** How fast single questions are answered. */
export interface Rate {
  readonly questions: number;
  readonly per_second: number;
}

/** The same questions to us and to the oracle, in the same run. */
export interface Comparison {
  readonly oracle_version: string;
  readonly ours: Rate;
  readonly theirs: Rate;
  readonly ratio: number;
}

const WARM_UP_MS = 1_000;
const MEASURED_MS = 3_000;
const EACH_MS = 250;

/** Answers a second on one core: the median of several measurements, all questions in turn, after warming up. */
export function rateOf(questions: readonly Question[]): Rate {
  asking(questions, WARM_UP_MS);
  const rates: number[] = [];
  for (let spent = 0; spent < MEASURED_MS; spent += EACH_MS) rates.push(asking(questions, EACH_MS));
  return { questions: questions.length, per_second: median(rates) };
}

const median = (rates: readonly number[]): number =>
  Math.round(rates.toSorted((a, b) => a - b)[rates.length >> 1] ?? 0);

/** Seconds of processor time, since others may use the machine as well. What collects garbage and compiles beside us counts as ours. */
function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000_000;
}

function asking(questions: readonly Question[], ms: number): number {
  const [from, until] = [processorSeconds(), performance.now() + ms];
  let answers = 0;
  while (performance.now() < until) {
    for (const { request, policies } of questions) evaluate(request, policies);
    answers += questions.length;
  }
  return answers / (processorSeconds() - from);
}

async function simulating(oracle: Oracle, simulations: readonly object[], ms: number): Promise<number> {
  const [from, until] = [processorSeconds(), performance.now() + ms];
  let answers = 0;
  while (performance.now() < until) {
    for (const simulation of simulations) await oracle.run(simulation);
    answers += simulations.length;
  }
  return answers / (processorSeconds() - from);
}

/** Times the cases that the oracle takes without complaint, here and there by turns. */
export async function compare(cases: readonly CompiledCase[], oracle: Oracle): Promise<Comparison> {
  const shared: { readonly asked: CompiledCase; readonly simulation: object }[] = [];
  for (const asked of cases) {
    const simulation = simulationOf(asked);
    if (simulation && (await isTaken(oracle, simulation))) shared.push({ asked, simulation });
  }
  const simulations = shared.map(({ simulation }) => simulation);
  const questions = shared.map(({ asked }) => asked);
  asking(questions, WARM_UP_MS);
  await simulating(oracle, simulations, WARM_UP_MS);
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let spent = 0; spent < MEASURED_MS; spent += EACH_MS) {
    ours.push(asking(questions, EACH_MS));
    theirs.push(await simulating(oracle, simulations, EACH_MS));
  }
  const rate = (rates: readonly number[]): Rate => ({ questions: shared.length, per_second: median(rates) });
  const ratio = Math.round(median(ours) / median(theirs));
  return { oracle_version: oracle.version, ours: rate(ours), theirs: rate(theirs), ratio };
}

/** A question that it refuses would be answered too fast to be compared with. */
async function isTaken(oracle: Oracle, simulation: object): Promise<boolean> {
  try {
    return (await oracle.run(simulation)).resultType === 'single';
  } catch {
    return false;
  }
}

const ASSUME = 'sts:AssumeRole';

/** Questions such as a graph asks of an estate: half of them roles that want a role, half of them roles that want data. Always the same. */
export function questionsOf(estate: Estate, count: number): readonly Question[] {
  const random = seededRandom(7);
  const callers = estate.principals.filter(({ principal }) => principal.arn.includes(':role/'));
  return Array.from({ length: count }).flatMap((): readonly Question[] => {
    const caller = callers[random.below(callers.length)];
    const role = estate.roles[random.below(estate.roles.length)];
    if (!caller || !role) return [];
    const { principal } = caller;
    const account = principal.account ?? '';
    if (random.onceIn(2)) {
      const request = { principal, action: ASSUME, resource: role.resource, context: estate.context };
      return [{ request, policies: { ...caller.policies, ...role.policies } }];
    }
    const [action, arn] = random.oneOf([
      ['s3:GetObject', `arn:aws:s3:::shared-${account}/in/file`],
      ['dynamodb:Query', `arn:aws:dynamodb:eu-central-1:${account}:table/app-20`],
      ['secretsmanager:GetSecretValue', `arn:aws:secretsmanager:eu-central-1:${account}:secret:api-30/password`],
      ['iam:ListRoles', '*'],
    ]);
    const request = { principal, action, resource: { arn, account }, context: estate.context };
    return [{ request, policies: { ...caller.policies, rcps: role.policies.rcps } }];
  });
}
