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

/** Answers that were one page and are being handed out in several. Later pages come from the same moment as the first. */
export class Pages {
  readonly #bodies = new Map<number, string>();

  /** The first page of an answer of the emulator. */
  first(request: AwsRequest, body: string, size: number): string {
    const paging = PAGED[request.action];
    if (!paging) return body;
    const id = this.#bodies.size + 1;
    this.#bodies.set(id, body);
    return window(paging, body, { id, from: 0, size });
  }

  /** The page that a request asks for by a token of ours, or undefined if it has none. */
  next(request: AwsRequest): string | undefined {
    const paging = PAGED[request.action];
    const token = paging && request.parameters[paging.ask];
    const [, id, from, size] = TOKEN.exec(token ?? '')?.map(Number) ?? [];
    if (!paging || id === undefined || from === undefined || size === undefined) return undefined;
    const body = this.#bodies.get(id);
    return body === undefined ? undefined : window(paging, body, { id, from, size });
  }
}

interface Window {
  readonly id: number;
  readonly from: number;
  readonly size: number;
}

function window(paging: Paging, body: string, of: Window): string {
  const token = `page-${of.id}-${of.from + of.size}-${of.size}`;
  return paging.format === 'json'
    ? jsonWindow(paging.list, paging.give, body, of, token)
    : xmlWindow(paging.lists, paging.give, body, of, token);
}

function jsonWindow(list: string, give: string, body: string, of: Window, token: string): string {
  const answer: unknown = JSON.parse(body);
  const items: unknown = Reflect.get(Object(answer), list);
  if (!Array.isArray(items)) return body;
  const more = of.from + of.size < items.length;
  const page = items.slice(of.from, of.from + of.size);
  return JSON.stringify({ ...Object(answer), [list]: page, ...(more && { [give]: token }) });
}

/** One window over the items of all lists together, as AWS does it. */
function xmlWindow(lists: readonly string[], give: string, body: string, of: Window, token: string): string {
  let position = 0;
  let page = body;
  for (const list of lists) {
    const content = contentOf(page, list);
    if (content === undefined) continue;
    const items = members(content);
    const kept = items.filter((_, index) => position + index >= of.from && position + index < of.from + of.size);
    position += items.length;
    page = page.replace(`<${list}>${content}</${list}>`, () => `<${list}>${kept.join('')}</${list}>`);
  }
  if (of.from + of.size >= position) return page;
  const rest = `<IsTruncated>true</IsTruncated><${give}>${token}</${give}>`;
  return page.replace(/<IsTruncated>[^<]*<\/IsTruncated>/, '').replace(/<\/\w+Result>/, (end) => `${rest}${end}`);
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
