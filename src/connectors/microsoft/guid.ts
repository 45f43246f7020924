import * as z from 'zod';
import { guidOf } from '../../kernel/guid.ts';

/** A GUID as Microsoft's services write it: they are not consistent in case. */
export const Guid = z.string().refine((text) => guidOf(text) !== undefined, 'is not a GUID');

/** A GUID as it is compared, and as ids are made of it; any other text as it is. */
export const canonicalGuid = (guid: string): string => guidOf(guid) ?? guid;
