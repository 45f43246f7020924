import type { AwsCollector } from '../session.ts';
import { apiDestinations } from './api-destinations.ts';
import { buses } from './buses.ts';
import { connections } from './connections.ts';
import { pipes } from './pipes.ts';
import { scheduleGroups } from './schedule-groups.ts';
import { schedules } from './schedules.ts';

/** In the order in which a cell does them: it resumes by their number, so a new one comes last. */
export const COLLECTORS: readonly AwsCollector[] = [
  buses,
  schedules,
  scheduleGroups,
  pipes,
  connections,
  apiDestinations,
];
