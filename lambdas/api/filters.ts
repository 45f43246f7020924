import * as z from 'zod';
import { isAccountId } from '../../src/kernel/ids.ts';

/** An id that the hub derives, as a parameter of a query or a field of a body. */
export const DerivedId = z.string().regex(/^[0-9a-f]{64}$/, 'is not an id: 64 hex digits');

/** The number of an AWS account, as a parameter of a query. */
export const Account = z.string().refine(isAccountId, 'is not an account: twelve digits');

/** What a source calls a record of its own (an ARN), or how something is called. */
export const Name = z.string().min(1).max(2_048);

/** `true` or `false`, as a parameter of a query. */
export const Flag = z.stringbool({ truthy: ['true'], falsy: ['false'] });

/** The id of a correlation rule, known or not. */
export const RuleId = z
  .string()
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'is not the id of a rule')
  .max(100);
