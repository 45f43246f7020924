import { aHubApi, aToken } from './a-hub-api.ts';
import { DOCUMENTS, tenancySuite } from './tenancy-suite.ts';

tenancySuite(async () => {
  const hub = aHubApi();
  const { instance, push_instance, scope, run, queued, pushed, cell, stitch_run, path, sync, event } = DOCUMENTS;
  const { entity, other_entity, edge, activity, correlation, identity, identity_members, entry } = DOCUMENTS;
  for (const one of [instance, push_instance]) hub.instances.documents.set(one._id, one);
  hub.scopes.documents.set(scope._id, scope);
  for (const one of [run, queued, pushed]) hub.runs.documents.set(one._id, one);
  hub.cells.documents.set(cell._id, cell);
  hub.stitch_runs.push(stitch_run);
  hub.paths.push(path);
  hub.entities.push(entity, other_entity);
  hub.edges.push(edge);
  hub.activity.push(activity);
  hub.correlations.push(correlation);
  hub.identities.push(identity);
  hub.identity_members.push(...identity_members);
  hub.stitch_audit.push(entry);
  hub.events.push(event);
  hub.pushed.syncs.set(sync._id, sync);
  const { instances, scopes, runs, cells, pushed: push, planned, resent, settings } = hub;
  return {
    ask: (method, url, { claims = {}, headers = {}, body }) =>
      hub.ask(method, url, { token: aToken({ ...claims }), headers, body }),
    held: async () =>
      structuredClone([
        ...[instances, scopes, runs, cells].map(({ documents }) => [...documents]),
        push.batches,
        push.syncs,
        planned,
        resent,
        settings,
      ]),
  };
});
