/** A clock that stands still but for waiting and for what is made to pass. */
export function aClock(start = 0) {
  const clock = { time: start, waits: [] as number[] };
  return Object.assign(clock, {
    now: () => clock.time,
    wait: async (milliseconds: number) => {
      clock.waits.push(milliseconds);
      clock.time += milliseconds;
    },
  });
}
