import fc from 'fast-check';
import type { GraphEntity } from '../../src/graph/documents.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { derivedId } from '../../src/kernel/ids.ts';
import type { EdgeType } from '../../src/observations/entity-types.ts';
import type { Joined } from '../../src/paths/joined.ts';
import {
  aBucket,
  allow,
  anEdge,
  anEntity,
  aRole,
  DATA,
  edgesOnly,
  entityIn,
  functionArn,
  graphOf,
  type Part,
  policy,
  roleArn,
  TENANT,
  trusting,
  WORKLOADS,
} from '../graph/estate.ts';
import { joinedAs } from './joined.ts';

/** A hop that a random estate was made to have. */
export interface MadeHop {
  readonly id: string;
  readonly from: GraphEntity;
  readonly to: GraphEntity;
  readonly conditional: boolean;
  readonly same: boolean;
  /** It comes to a bucket that somebody classified, and may end there. */
  readonly ends: boolean;
}

/** A small estate, and what it was made of. */
export interface RandomEstate {
  readonly graph: Graph;
  readonly joined: Joined;
  readonly hops: readonly MadeHop[];
  /** The classes of entities that are one. */
  readonly classes: readonly (readonly GraphEntity[])[];
}

const FUNCTIONS = ['f0', 'f1'].map((name) => functionArn(WORKLOADS, name));
const ROLES = [roleArn(WORKLOADS, 'k0'), roleArn(WORKLOADS, 'k1'), roleArn(DATA, 'k2')];
const PRINCIPALS = ['s0', 's1', 's2'].map((name) => `arn:none:entra:::sp/${name}`);
export const BUCKETS = ['arn:aws:s3:::b0', 'arn:aws:s3:::b1'];
const ALL = [...FUNCTIONS, ...ROLES, ...PRINCIPALS, ...BUCKETS];

const STATED: readonly EdgeType[] = ['RUNS_AS', 'AUTHENTICATES_AS', 'INVOKES'];

interface Made {
  readonly stated: readonly { readonly type: EdgeType; readonly from: string; readonly to: string }[];
  /** Of each role those that it trusts, and whether it asks them for something. */
  readonly trusts: readonly { readonly by: string; readonly of: string; readonly conditional: boolean }[];
  readonly bridges: readonly { readonly from: string; readonly to: string }[];
  /** Which class each service principal and the first function are of. */
  readonly classOf: readonly number[];
}

const made: fc.Arbitrary<Made> = fc.record({
  stated: fc.uniqueArray(
    fc.record({
      type: fc.constantFrom(...STATED),
      from: fc.constantFrom(...FUNCTIONS, ...ROLES, ...PRINCIPALS),
      to: fc.constantFrom(...ALL),
    }),
    { maxLength: 12, selector: ({ type, from, to }) => `${type} ${from} ${to}` },
  ),
  trusts: fc.uniqueArray(
    fc.record({ by: fc.constantFrom(...ROLES), of: fc.constantFrom(...ROLES), conditional: fc.boolean() }),
    { maxLength: 5, selector: ({ by, of }) => `${by} ${of}` },
  ),
  bridges: fc.uniqueArray(
    fc.record({ from: fc.constantFrom(...FUNCTIONS), to: fc.constantFrom(...PRINCIPALS, ...BUCKETS) }),
    {
      maxLength: 3,
      selector: ({ from, to }) => `${from} ${to}`,
    },
  ),
  classOf: fc.array(fc.nat({ max: 2 }), { minLength: 4, maxLength: 4 }),
});

/** Any small estate of functions, roles that trust each other, service principals that are one, bridges and classified buckets. */
export const randomEstate: fc.Arbitrary<RandomEstate> = made.map((plan) => estateOf(plan));

const EXTERNAL_ID = { Condition: { StringEquals: { 'sts:ExternalId': 'x1' } } };

function estateOf({ stated, trusts, bridges, classOf }: Made): RandomEstate {
  const edges = stated.map(({ type, from, to }) => anEdge(type, from, to));
  const graph = graphOf(
    ...FUNCTIONS.map((arn) => only(anEntity('aws_lambda_function', arn, {}))),
    ...ROLES.map((arn) => trustingRole(arn, trusts)),
    ...PRINCIPALS.map((arn) => only({ ...anEntity('entra_service_principal', arn, {}), source_system_id: 'entra:t' })),
    ...BUCKETS.map((arn) => aBucket({ name: arn.slice('arn:aws:s3:::'.length) })),
    edgesOnly(...edges),
  );
  const at = (arn: string): GraphEntity => entityIn(graph, arn);
  const classes = [...Map.groupBy([...PRINCIPALS, ...FUNCTIONS.slice(0, 1)].entries(), ([i]) => classOf[i]).values()]
    .map((members) => members.map(([, arn]) => at(arn)))
    .filter((members) => members.length > 1);
  const joined = joinedAs(
    classes,
    bridges.map(({ from, to }) => [at(from), at(to)]),
  );
  const ends = (to: string, hop: string): boolean =>
    BUCKETS.includes(to) && (hop === 'INVOKES' || hop === 'BRIDGES_TO');
  const hops: MadeHop[] = [
    ...edges.map(({ _id: id, edge_type, from, to }) => ({
      id,
      from: at(from.source_record_id),
      to: at(to.source_record_id),
      conditional: false,
      same: false,
      ends: ends(to.source_record_id, edge_type),
    })),
    ...joined.correlations
      .filter(({ effect }) => effect === 'BRIDGES_TO')
      .map(({ _id: id, left, right }) => ({
        id,
        from: at(left.source_record_id),
        to: at(right.source_record_id),
        conditional: false,
        same: false,
        ends: ends(right.source_record_id, 'BRIDGES_TO'),
      })),
    ...classes.flatMap((members) =>
      members.flatMap((from) =>
        members.filter((to) => to !== from).map((to) => derivedHop('SAME_ENTITY', from, to, false)),
      ),
    ),
    ...trusts
      .filter(({ by, of }) => by !== of)
      .map(({ by, of, conditional }) => derivedHop('CAN_ASSUME', at(of), at(by), conditional)),
  ];
  return { graph, joined, hops, classes };
}

const derivedHop = (
  type: 'SAME_ENTITY' | 'CAN_ASSUME',
  from: GraphEntity,
  to: GraphEntity,
  conditional: boolean,
): MadeHop => ({
  id: derivedId(TENANT, type, from._id, to._id),
  from,
  to,
  conditional,
  same: type === 'SAME_ENTITY',
  ends: false,
});

const only = (entity: GraphEntity): Part => ({ entities: [entity], edges: [], policy_documents: [] });

function trustingRole(arn: string, trusts: Made['trusts']): Part {
  const [, account = '', name = ''] = /::(\d+):role\/(.+)$/.exec(arn) ?? [];
  const statements = trusts
    .filter(({ by }) => by === arn)
    .map(({ of, conditional }) => trusting({ AWS: of }, conditional ? EXTERNAL_ID : {}));
  const trust = policy(...statements.flatMap((one) => JSON.parse(JSON.stringify(one)).Statement));
  return aRole({ name, account, trust, policies: { assume: policy(allow('sts:AssumeRole')) } });
}
