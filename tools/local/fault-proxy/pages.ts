import type { AwsRequest } from './aws-request.ts';

/** How an action pages: where its items are, and the names of the token that is asked with and the one that is given. */
type Paging =
  | { readonly format: 'xml'; readonly lists: readonly string[]; readonly ask: string; readonly give: string }
  | { readonly format: 'json'; readonly list: string; readonly ask: string; readonly give: string };

const marker = (...lists: string[]): Paging => ({ format: 'xml', lists, ask: 'Marker', give: 'Marker' });
const organizations = (list: string): Paging => ({ format: 'json', list, ask: 'NextToken', give: 'NextToken' });
const lambda = (list: string): Paging => ({ format: 'json', list, ask: 'Marker', give: 'NextMarker' });

/** What can be paged. An action is added by a line here. Lists in the order in which AWS fills its pages. */
const PAGED: Readonly<Record<string, Paging>> = {
  'iam:GetAccountAuthorizationDetails': marker('UserDetailList', 'GroupDetailList', 'RoleDetailList', 'Policies'),
  'iam:ListRoles': marker('Roles'),
  'iam:ListUsers': marker('Users'),
  'iam:ListPolicies': marker('Policies'),
  'sns:ListTopics': { format: 'xml', lists: ['Topics'], ask: 'NextToken', give: 'NextToken' },
  'organizations:ListAccounts': organizations('Accounts'),
  'organizations:ListAccountsForParent': organizations('Accounts'),
  'organizations:ListOrganizationalUnitsForParent': organizations('OrganizationalUnits'),
  'organizations:ListRoots': organizations('Roots'),
  'lambda:ListFunctions': lambda('Functions'),
  'lambda:ListEventSourceMappings': lambda('EventSourceMappings'),
  // Its token is the name of the last table; the emulator never sees ours.
  'dynamodb:ListTables': {
    format: 'json',
    list: 'TableNames',
    ask: 'ExclusiveStartTableName',
    give: 'LastEvaluatedTableName',
  },
};

/** Whether answers to this action can be paged. */
export const isPaged = (action: string | undefined): boolean => action !== undefined && Object.hasOwn(PAGED, action);

const TOKEN = /^page-(\d+)-(\d+)-(\d+)$/;

/** How an answer is to be handed out. */
export interface PagingWish {
  /** Items of a page. */
  readonly page_size: number;
  /** Items whose name begins so are there so many times, under names with a number: an account of a size that takes long to seed. */
  readonly copies?: { readonly of: string; readonly count: number } | undefined;
}

/** Answers that were one page and are being handed out in several. Later pages come from the same moment as the first. */
export class Pages {
  readonly #answers = new Map<number, PageOf>();

  /** The first page of an answer of the emulator. */
  first(request: AwsRequest, body: string, { page_size: size, copies }: PagingWish): string {
    const paging = PAGED[request.action];
    if (!paging) return body;
    const id = this.#answers.size + 1;
    const answer = paging.format === 'json' ? jsonPages(paging, body) : xmlPages(paging, body, copies);
    this.#answers.set(id, answer);
    return answer({ id, from: 0, size });
  }

  /** The page that a request asks for by a token of ours, or undefined if it has none. */
  next(request: AwsRequest): string | undefined {
    const paging = PAGED[request.action];
    const token = paging && request.parameters[paging.ask];
    const [, id, from, size] = TOKEN.exec(token ?? '')?.map(Number) ?? [];
    if (id === undefined || from === undefined || size === undefined) return undefined;
    return this.#answers.get(id)?.({ id, from, size });
  }
}

interface Window {
  readonly id: number;
  readonly from: number;
  readonly size: number;
}

/** Writes one page of an answer. */
type PageOf = (window: Window) => string;

const tokenAfter = ({ id, from, size }: Window): string => `page-${id}-${from + size}-${size}`;

function jsonPages({ list, give }: Extract<Paging, { format: 'json' }>, body: string): PageOf {
  const answer: unknown = JSON.parse(body);
  const items: unknown = Reflect.get(Object(answer), list);
  if (!Array.isArray(items)) return () => body;
  return (window) => {
    const to = window.from + window.size;
    const more = to < items.length && { [give]: tokenAfter(window) };
    return JSON.stringify({ ...Object(answer), [list]: items.slice(window.from, to), ...more });
  };
}

/** One window over the items of all lists together, as AWS does it. */
function xmlPages(
  { lists, give }: Extract<Paging, { format: 'xml' }>,
  body: string,
  copies: PagingWish['copies'],
): PageOf {
  let shell = body;
  const items: { readonly list: string; readonly write: () => string }[] = [];
  for (const list of lists) {
    const content = contentOf(shell, list);
    if (content === undefined) continue;
    shell = shell.replace(`<${list}>${content}</${list}>`, () => `<${list}></${list}>`);
    for (const item of members(content)) {
      for (const write of copies ? copiesOf(item, copies) : [() => item]) items.push({ list, write });
    }
  }
  return (window) => {
    const shown = Map.groupBy(items.slice(window.from, window.from + window.size), ({ list }) => list);
    let page = shell;
    for (const [list, some] of shown) {
      page = page.replace(
        `<${list}></${list}>`,
        () => `<${list}>${some.map(({ write }) => write()).join('')}</${list}>`,
      );
    }
    if (window.from + window.size >= items.length) return page;
    const rest = `<IsTruncated>true</IsTruncated><${give}>${tokenAfter(window)}</${give}>`;
    return page.replace(/<IsTruncated>[^<]*<\/IsTruncated>/, '').replace(/<\/\w+Result>/, (end) => `${rest}${end}`);
  };
}

/** An item as often as it is to be there, each with names and unique ids of its own; written when its page is. */
function copiesOf(item: string, { of, count }: NonNullable<PagingWish['copies']>): readonly (() => string)[] {
  const [, name] = /<\w+Name>([^<]*)<\/\w+Name>/.exec(item) ?? [];
  if (!name?.startsWith(of)) return [() => item];
  return Array.from({ length: count }, (_, index) => () => {
    const number = String(index).padStart(5, '0');
    return item
      .replaceAll(name, `${name}-${number}`)
      .replace(/(<\w+Id>A\w+)\w{5}(<\/\w+Id>)/g, (_id, before: string, after: string) => `${before}${number}${after}`);
  });
}

/** What is between the tags of the outermost list of this name. */
function contentOf(xml: string, list: string): string | undefined {
  const from = xml.indexOf(`<${list}>`);
  const to = xml.lastIndexOf(`</${list}>`);
  return from < 0 || to < from ? undefined : xml.slice(from + list.length + 2, to);
}

/** The outermost `<member>` elements: members have lists with members inside. */
function members(xml: string): string[] {
  const found: string[] = [];
  let depth = 0;
  let start = 0;
  for (const { 0: tag, index } of xml.matchAll(/<\/?member>/g)) {
    if (tag === '<member>') {
      if (depth === 0) start = index;
      depth += 1;
    } else {
      depth -= 1;
      if (depth === 0) found.push(xml.slice(start, index + tag.length));
    }
  }
  return found;
}
