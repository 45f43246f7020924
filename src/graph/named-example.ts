import { byText } from '../inventory/claim.ts';
import type { AccountId } from '../kernel/ids.ts';
import { resourcesNamed } from '../policy/index.ts';
import type { Identity } from './principal.ts';

/** A name that no policy is likely to spell out. */
const ANY_NAME = 'throughline-any-name';

/** Where something is made if no policy says where. */
const ANY_REGION = 'us-east-1';

/**
 * ARNs that somebody could give to a thing that it names as it likes: any, and one of each kind that its policies single out for
 * some actions. `form` is an ARN with `<partition>`, `<region>`, `<account>` and, at its end, `<name>`.
 */
export function examplesOf(
  form: string,
  actions: readonly string[],
  { attached }: Pick<Identity, 'attached'>,
  { account, partition }: { readonly account: AccountId; readonly partition: string },
): readonly string[] {
  const fill = (region: string, name: string): string =>
    form
      .replace('<partition>', partition)
      .replace('<region>', region)
      .replace('<account>', account)
      .replace('<name>', name);
  const beginning = form.slice(form.split(':', 5).join(':').length + 1).replace('<name>', '');
  const singledOut = attached.flatMap(({ reading }) =>
    reading.state === 'unknown'
      ? []
      : actions.flatMap((action) =>
          resourcesNamed(reading.policy, action).flatMap(({ text, covers }) => {
            const [, , , region = '', , ...rest] = text.split(':');
            const resource = rest
              .join(':')
              .replace(/\$\{[^}]*\}|\*+/g, ANY_NAME)
              .replaceAll('?', 'x');
            const name = resource.startsWith(beginning) ? resource.slice(beginning.length) : ANY_NAME;
            const example = fill(region === '' || /[*?$]/.test(region) ? ANY_REGION : region, name || ANY_NAME);
            return rest.length > 0 && covers(example) ? [example] : [];
          }),
        ),
  );
  return [...new Set([fill(ANY_REGION, ANY_NAME), ...singledOut.sort(byText)])];
}
