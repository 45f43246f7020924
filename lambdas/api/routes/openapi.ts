import { OpenApiDocument, openApi } from '../openapi.ts';
import { ANY_TOKEN, type Route, route } from '../route.ts';

/** The description of a table of routes, itself included. It is made when it is first asked for. */
export function openApiRoutes(described: readonly Route[]): readonly Route[] {
  let document: OpenApiDocument | undefined;
  const own: readonly Route[] = [
    route(
      {
        method: 'GET',
        path: '/openapi.json',
        summary: 'Read this description',
        permission: ANY_TOKEN,
        status: 200,
        answer: OpenApiDocument,
      },
      async () => {
        document ??= openApi([...described, ...own]);
        return document;
      },
    ),
  ];
  return own;
}
