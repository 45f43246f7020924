/** The systems that the instance of these tests speaks for. */
export const OURS = ['servicenow:example', 'cmdb'];

export const aPushedNode = (id: string, given: Readonly<Record<string, unknown>> = {}) => ({
  entity_type: 'servicenow_table',
  source_system_id: 'servicenow:example',
  source_record_id: id,
  display_name: `Table ${id}`,
  properties: { name: id },
  ...given,
});

export const aRef = (id: string, given: Readonly<Record<string, unknown>> = {}) => ({
  entity_type: 'servicenow_table',
  source_system_id: 'servicenow:example',
  source_record_id: id,
  ...given,
});

export const aPushedEdge = (from: string, to: string, given: Readonly<Record<string, unknown>> = {}) => ({
  edge_type: 'STORED_IN',
  from: aRef(from),
  to: aRef(to),
  properties: {},
  ...given,
});
