import { describe, expect, it } from 'vitest';
import { BRIDGES, ENTRA } from '../../labs/mediapro/names.ts';
import { reportOf } from '../../labs/mediapro/reports/report.ts';
import { reports, SOURCE_SYSTEMS } from '../../labs/mediapro/reports/reports.ts';
import { itemsOf } from '../../src/connectors/push/batch.ts';
import { readItems } from '../../src/connectors/push/read-items.ts';
import { ConnectorReport, endOf } from '../../src/connectors/push/report.ts';
import type { EntityRef } from '../../src/observations/observation.ts';

const addresses = { ticket_intake_url: 'https://abc123.lambda-url.us-east-1.on.aws/' };
const all = reports(addresses, '2026-11-21T12:00:00Z');

describe("MediaPro's reports", () => {
  it('are one for each system beside AWS, without an error', () => {
    expect(all.map(({ source_system }) => source_system)).toEqual(Object.values(SOURCE_SYSTEMS));
    expect(all.flatMap(({ errors }) => errors)).toEqual([]);
  });

  it.each(all.map((report) => [report.source_system, report] as const))(
    '%s: the hub takes every item of it',
    (system, report) => {
      const end = endOf(ConnectorReport.parse(JSON.parse(JSON.stringify(report))));
      const { rejected, accepted } = readItems(itemsOf(end), [system]);
      expect(rejected).toEqual([]);
      expect(accepted).toEqual({ nodes: report.nodes.length, edges: report.edges.length });
      expect(end.scanScope).toMatchObject({ mode: 'full', errors: [] });
    },
  );

  it('no edge leads to something that nobody reported', () => {
    const key = (ref: unknown) =>
      `${Reflect.get(ref as object, 'source_system_id')} ${Reflect.get(ref as object, 'source_record_id')}`;
    const nodes = new Set(all.flatMap((report) => report.nodes.map(key)));
    const ends = all.flatMap(({ edges }) =>
      edges.flatMap((edge) => [Reflect.get(edge, 'from'), Reflect.get(edge, 'to')]),
    );
    expect(ends.filter((end) => !nodes.has(key(end)))).toEqual([]);
    expect(ends.length).toBeGreaterThan(30);
  });

  it('name the service principals and applications that the templates name', () => {
    const text = JSON.stringify(all);
    for (const id of [...Object.values(ENTRA.apps), ...Object.values(ENTRA.principals)]) expect(text).toContain(id);
    expect(text).toContain(addresses.ticket_intake_url.slice(0, -1));
    expect(text).not.toContain(`{{${BRIDGES.ticketIntake}`);
  });

  it('hold no hint of a credential, no script and no instruction', () => {
    expect(JSON.stringify(all)).not.toMatch(/x7Q|RESTMessageV2|You help/);
  });
});

describe('a report of observations', () => {
  const ref: EntityRef = { entity_type: 'servicenow_flow', source_system_id: 'servicenow:x', source_record_id: 'f/1' };

  it('carries activity on the thing that it is about, and what could not be seen as errors', () => {
    const report = reportOf(
      'servicenow:x',
      [
        { kind: 'activity', entity: ref, name: 'exec30', value: { count: 1, period_end: '2026-01-01T00:00:00Z' } },
        { kind: 'node', ...ref, display_name: 'F', properties: {}, api: 'GET' },
        { kind: 'gap', code: 'access_denied', action: 'GET /x', item: 'y', message: 'no' },
        { kind: 'gap', code: 'access_denied', action: 'GET /x', message: 'no' },
      ],
      '2026-01-01T00:00:00Z',
    );
    expect(report.nodes).toEqual([
      {
        ...ref,
        display_name: 'F',
        properties: {},
        activity: [{ name: 'exec30', value: { count: 1, period_end: '2026-01-01T00:00:00Z' } }],
      },
    ]);
    expect(report.errors).toEqual([
      { code: 'access_denied', message: 'GET /x, y: no' },
      { code: 'access_denied', message: 'GET /x: no' },
    ]);
  });
});
