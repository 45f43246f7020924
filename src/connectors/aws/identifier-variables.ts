/** What is kept of the environment of a function, a container or a task. */
export interface KeptEnvironment {
  /** Every name, once, sorted. */
  readonly names: readonly string[];
  /** Identifiers of Entra in variables that are there to name them, in the order of their names; GUIDs in lower case. */
  readonly identifiers: readonly { readonly key: string; readonly value: string }[];
}

/**
 * The variables whose value names something in Entra or Azure and opens nothing: those of Microsoft's own libraries
 * (`AZURE_CLIENT_ID`), of Terraform (`ARM_TENANT_ID`), and the like with a word between (`ENTRA_AGENT_CLIENT_ID`).
 * https://learn.microsoft.com/en-us/dotnet/api/azure.identity.environmentcredential
 */
const IDENTIFIER =
  /^(AZURE|AZUREAD|AAD|ARM|ENTRA|ENTRAID|MSAL|MICROSOFT|MSGRAPH|GRAPH)(_[A-Z0-9]+)*_(CLIENT|TENANT|APP|APPLICATION|OBJECT|DIRECTORY|PRINCIPAL|IDENTITY|SUBSCRIPTION)_ID$/i;

/** A name with one of these words is never read, whatever else it says: the secret ids of some systems are GUIDs and secret. */
const SECRET = /(SECRET|PASSW|PWD|KEY|TOKEN|CERT|CRED|ROLE|SESSION)/i;

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * Keeps the names of an environment, and of its values only GUIDs in variables of the allow-list above. Any other value
 * is dropped where it stands: it is neither kept nor hashed nor mentioned.
 */
export function identifierVariables(variables: Iterable<readonly [string, unknown]>): KeptEnvironment {
  const names = new Set<string>();
  const identifiers = new Map<string, string>();
  for (const [name, value] of variables) {
    names.add(name);
    const value_is_kept = IDENTIFIER.test(name) && !SECRET.test(name) && typeof value === 'string' && GUID.test(value);
    if (value_is_kept) identifiers.set(name, value.toLowerCase());
  }
  return {
    names: [...names].sort(),
    identifiers: [...identifiers].map(([key, value]) => ({ key, value })).sort((a, b) => (a.key < b.key ? -1 : 1)),
  };
}
