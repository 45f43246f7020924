/** Whether a licence is good enough. */
type IsAllowed = (licence: string) => boolean;

/**
 * Whether an SPDX licence expression leaves a choice in which every licence is allowed: `(MIT OR GPL-3.0-or-later)` does
 * where MIT is. What is no expression is allowed only if it is allowed as it stands.
 * https://spdx.github.io/spdx-spec/v3.0.1/annexes/spdx-license-expressions/
 */
export function allows(expression: string, isAllowed: IsAllowed): boolean {
  const tokens = expression.match(/[()]|[^\s()]+/g) ?? [];
  let at = 0;

  // AND binds closer than OR.
  const either = (): boolean => {
    let good = both();
    while (tokens[at] === 'OR') {
      at += 1;
      good = both() || good;
    }
    return good;
  };
  const both = (): boolean => {
    let good = single();
    while (tokens[at] === 'AND') {
      at += 1;
      good = single() && good;
    }
    return good;
  };
  const single = (): boolean => {
    const token = tokens[at] ?? '';
    at += 1;
    if (token !== '(') return isAllowed(token);
    const good = either();
    const closed = tokens[at] === ')';
    at += 1;
    return good && closed;
  };

  const good = either();
  // What is left over was not understood.
  return good && at === tokens.length;
}
