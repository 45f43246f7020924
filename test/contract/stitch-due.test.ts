import { describe } from 'vitest';
import { stitchDueStore } from '../../src/store/stitch-due.ts';
import { dueSuite } from '../stitch/due-suite.ts';
import { databaseOfItsOwn } from './on-server.ts';

const db = databaseOfItsOwn();

describe('stitch_due on a server', () => dueSuite(async () => ({ due: stitchDueStore(db()) })));
