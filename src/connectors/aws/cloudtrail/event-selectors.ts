import type { AdvancedEventSelector, EventSelector, GetEventSelectorsResponse } from '@aws-sdk/client-cloudtrail';
import type { Json } from '../../../kernel/canonical.ts';
import { known, required } from '../properties.ts';

/**
 * Which events a trail records. It has selectors of one sort or the other, never both: the other list is then empty.
 * Selectors and their values are sets, so they are sorted.
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetEventSelectors.html
 */
export const selectorsOf = ({
  EventSelectors,
  AdvancedEventSelectors,
}: Pick<GetEventSelectorsResponse, 'EventSelectors' | 'AdvancedEventSelectors'>) => ({
  event_selectors: inOrder((EventSelectors ?? []).map(toSelector)),
  advanced_event_selectors: inOrder((AdvancedEventSelectors ?? []).map(toAdvancedSelector)),
});

const toSelector = (selector: EventSelector): Json => ({
  // AWS's own defaults, where a selector leaves them out.
  read_write_type: selector.ReadWriteType ?? 'All',
  includes_management_events: selector.IncludeManagementEvents ?? true,
  excluded_management_event_sources: inOrder(selector.ExcludeManagementEventSources ?? []),
  data_resources: inOrder(
    (selector.DataResources ?? []).map(({ Type, Values }) => ({
      type: required(Type, 'DataResources.Type'),
      values: inOrder(Values ?? []),
    })),
  ),
});

const toAdvancedSelector = ({ Name, FieldSelectors }: AdvancedEventSelector): Json => ({
  name: Name ?? null,
  fields: inOrder(
    required(FieldSelectors, 'FieldSelectors').map((selector) =>
      known({
        field: required(selector.Field, 'FieldSelectors.Field'),
        equals: setOf(selector.Equals),
        starts_with: setOf(selector.StartsWith),
        ends_with: setOf(selector.EndsWith),
        not_equals: setOf(selector.NotEquals),
        not_starts_with: setOf(selector.NotStartsWith),
        not_ends_with: setOf(selector.NotEndsWith),
      }),
    ),
  ),
});

const setOf = (values: readonly string[] | undefined): Json | undefined => values && inOrder(values);

function inOrder<Item extends Json>(items: readonly Item[]): readonly Item[] {
  const text = (item: Item) => (typeof item === 'string' ? item : JSON.stringify(item));
  return [...items].sort((a, b) => (text(a) < text(b) ? -1 : 1));
}
