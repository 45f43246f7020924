/**
 * What a function needs before its first event, made at cold start and kept. Where making it fails (the database is away),
 * the function does not die of it: the next event tries again.
 */
export function onceReady<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  const get = (): Promise<T> => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
  // The cold start has the processor to itself: begin now, and leave a failure to the first event.
  get().catch(() => undefined);
  return get;
}
