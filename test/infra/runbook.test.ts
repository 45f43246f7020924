import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { HubTemplate } from './hub-template.ts';

const TOPIC = 'arn:aws:sns:eu-west-1:111111111111:security-alarms';
const runbook = readFileSync(path.resolve(import.meta.dirname, '../../docs/runbook.md'), 'utf8');
const entries = new Map(
  runbook
    .split(/^## /m)
    .slice(1)
    .map((entry) => [entry.slice(0, entry.indexOf('\n')).trim(), entry]),
);
const Alarm = z.object({ AlarmName: z.string(), AlarmDescription: z.string(), AlarmActions: z.array(z.string()) });
const alarms = new HubTemplate().resources('AWS::CloudWatch::Alarm').map((alarm) => Alarm.parse(alarm.properties));
/** Name of an alarm without that of the stack. */
const headingOf = (name: string): string => name.split('/').slice(1).join('/');

test('every alarm has an entry in the runbook, and every entry an alarm', () => {
  expect([...entries.keys()].sort()).toEqual(alarms.map(({ AlarmName }) => headingOf(AlarmName)).sort());
});

test.each([...entries.keys()])('%s is described, investigated and resolved', (heading) => {
  const parts = [...(entries.get(heading) ?? '').matchAll(/^\*\*(\w+)\.\*\* \S/gm)].map(([, part]) => part);
  expect(parts).toEqual(['Description', 'Investigation', 'Resolution']);
});

test('every alarm says where its entry is, and goes to the configured topic', () => {
  for (const { AlarmName, AlarmDescription, AlarmActions } of alarms) {
    expect(AlarmDescription).toBe(`docs/runbook.md, ${headingOf(AlarmName)}`);
    expect(AlarmActions).toEqual([TOPIC]);
  }
});

test('every function, and every queue of dead letters, has an alarm', () => {
  const hub = new HubTemplate();
  const watched = JSON.stringify(
    hub.resources('AWS::CloudWatch::Alarm').map(({ properties }) => properties.Dimensions),
  );
  const deadLetters = hub.resources('AWS::SQS::Queue').filter((queue) => queue.path.includes('DeadLetters'));
  expect(deadLetters).toHaveLength(4);
  for (const { id } of [...hub.resources('AWS::Lambda::Function'), ...deadLetters])
    expect(watched).toContain(`"${id}"`);
});
