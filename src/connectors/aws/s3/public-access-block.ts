import type { Json } from '../../../kernel/canonical.ts';

/** The settings, as S3 and S3 Control give them: one that is left out is off. */
interface PublicAccessBlock {
  readonly BlockPublicAcls?: boolean | undefined;
  readonly IgnorePublicAcls?: boolean | undefined;
  readonly BlockPublicPolicy?: boolean | undefined;
  readonly RestrictPublicBuckets?: boolean | undefined;
}

/** What a bucket or an account blocks; null where nothing was ever set. */
export function publicAccessBlock(block: PublicAccessBlock | undefined): Json {
  if (!block) return null;
  return {
    block_public_acls: block.BlockPublicAcls ?? false,
    ignore_public_acls: block.IgnorePublicAcls ?? false,
    block_public_policy: block.BlockPublicPolicy ?? false,
    restrict_public_buckets: block.RestrictPublicBuckets ?? false,
  };
}
