import { byText } from '../inventory/claim.ts';
import type { CompiledPolicy } from '../policy/index.ts';
import { accountOf } from './accounts.ts';
import { type Delegation, delegations, mightAdminister } from './administrators.ts';
import type { Incoming } from './can-assume.ts';
import { type CanControl, mightCommand, workloadControl } from './can-control.ts';
import type { GraphEntity } from './documents.ts';
import { perGraph } from './per-graph.ts';
import type { Identity } from './principal.ts';
import { principalsOf } from './principals.ts';

/** What identities command, and who is an administrator. */
export interface Control {
  /** `CAN_CONTROL` edges from a role or user to the workloads, roles and users of its account that it commands, ordered by id. */
  readonly controllableFrom: (entity: GraphEntity) => readonly CanControl[];
  /** The same backwards: who commands a workload, role or user. */
  readonly controllableTo: (entity: GraphEntity) => readonly Incoming<CanControl>[];
  /** The one edge from an administrator to its account, which stands for everything that it can become, command and use there. */
  readonly delegationOf: (entity: GraphEntity) => Delegation | undefined;
  /** The same backwards: the administrators of an account. */
  readonly administratorsOf: (account: GraphEntity) => readonly Incoming<Delegation>[];
}

/** Answers who commands what in a graph: judged when asked for, and not kept. */
export const controlOf = perGraph((graph): Control => {
  const control = workloadControl(graph);
  const delegation = delegations(graph);
  const identityOf = (entity: GraphEntity) => principalsOf(graph).identity(entity);
  const incoming = <Edge extends { readonly _id: string; readonly to: GraphEntity }>(
    entity: GraphEntity,
    mightHave: (policies: readonly CompiledPolicy[]) => boolean,
    edgeFrom: (identity: Identity) => Edge | undefined,
  ): readonly Incoming<Edge>[] =>
    principalsOf(graph)
      .ofAccount(accountOf(graph, entity) ?? '')
      .filter(({ policies: { identity = [] } }) => mightHave(identity))
      .flatMap(({ principal }) => {
        const from = graph.entityByArn(principal.arn);
        const identity = from && identityOf(from);
        const edge = identity && edgeFrom(identity);
        return from && edge?.to._id === entity._id ? [{ from, edge }] : [];
      })
      .sort((a, b) => byText(a.edge._id, b.edge._id));
  return {
    controllableFrom: (entity) => {
      const identity = identityOf(entity);
      return identity ? control.from(identity) : [];
    },
    controllableTo: (entity) =>
      incoming(
        entity,
        (policies) => mightCommand(policies, entity.entity_type),
        (identity) => control.over(identity, entity),
      ),
    delegationOf: (entity) => {
      const identity = identityOf(entity);
      return identity && delegation(identity);
    },
    administratorsOf: (account) =>
      account.entity_type === 'aws_account' ? incoming(account, mightAdminister, delegation) : [],
  };
});
