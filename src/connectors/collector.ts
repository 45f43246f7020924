import type { EdgeType, EntityType } from '../observations/entity-types.ts';
import type { Observation } from '../observations/observation.ts';

/** A declaration of how to look at one kind of thing, and the generator that looks. `Session` is what the connector kind offers it. */
export interface Collector<Session> {
  /** `<service>.<what>`, stable: claims are owned under this name. */
  readonly id: string;
  /** `aws_iam`, `aws_lambda`, ... */
  readonly category: string;
  /** Looks once per region of the scope; otherwise once, with region `global`. */
  readonly regional: boolean;
  readonly entity_types: readonly EntityType[];
  readonly edge_types: readonly EdgeType[];
  /** IAM actions of every call that it makes: they become the spoke role's policy, the permissions page and a test. */
  readonly actions: readonly string[];
  /** Why it cannot know anything here, so that it is not asked; undefined where it can. @default it always can */
  readonly skip?: (session: Session) => string | undefined;
  /** Yields what it sees, page by page, from the cursor of an earlier checkpoint if there is one. */
  readonly collect: (session: Session, cursor?: string) => AsyncGenerator<Observation, void, undefined>;
}

/** The region name under which collectors that are not regional report. */
export const GLOBAL_REGION = 'global';
