import type { StitchInput } from '../../src/stitch/computation.ts';
import { partsOf } from '../graph/estate.ts';
import { type MediaPro, mediaPro } from '../paths/mediapro.ts';

/** The MediaPro estate as documents on their way into a stitch: all claimed by one workspace, except where said otherwise. */
export function mediaProInputs(
  changes: MediaPro = {},
  workspacesOf: (arn: string) => readonly string[] = () => ['platform'],
): readonly StitchInput[] {
  const { entities, edges, policy_documents } = partsOf(mediaPro(changes));
  return [
    ...policy_documents.map((policy_document) => ({ kind: 'policy_document' as const, policy_document })),
    ...entities.map((entity) => ({
      kind: 'entity' as const,
      entity: { ...entity, workspace_ids: workspacesOf(entity.source_record_id) },
    })),
    ...edges.map((edge) => ({ kind: 'edge' as const, edge })),
  ];
}
