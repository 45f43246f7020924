/**
 * In place of the package `whatwg-url`, by which the MongoDB driver parses connection strings: Node has the same classes, and
 * the package's copy of them with its tables of international domain names is 280 KB in every function. test/infra/bundles
 * holds the two against each other.
 */
export const URL = globalThis.URL;
export const URLSearchParams = globalThis.URLSearchParams;
