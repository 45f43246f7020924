/** The ARN of a function without alias or version: `arn:aws:lambda:<region>:<account>:function:<name>[:<qualifier>]`. */
export const unqualified = (arn: string): string => arn.split(':').slice(0, 7).join(':');

/** The alias or version in the ARN of a function; undefined where it has none. */
export const qualifierOf = (arn: string): string | undefined => arn.split(':')[7];
