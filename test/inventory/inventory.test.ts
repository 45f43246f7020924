import { describe } from 'vitest';
import { inventorySuite } from './inventory-suite.ts';
import { memoryInventory } from './memory-stores.ts';

describe('the inventory in memory', () => inventorySuite(async () => memoryInventory()));
