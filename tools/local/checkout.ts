import path from 'node:path';

/** The root of this checkout. */
export const CHECKOUT = path.resolve(import.meta.dirname, '../..');

/** Everything that tools fetch, build or write goes here, so that deleting it leaves nothing behind. */
export const LOCAL = path.join(CHECKOUT, '.local');

/** The pinned tools of npm; first on the PATH of everything we start. */
export const NPM_BIN = path.join(CHECKOUT, 'node_modules/.bin');

/** The Python environment made by tools/run.mjs from tools/local/requirements.txt. */
export const VENV_BIN = path.join(LOCAL, 'venv/bin');

/** The jars fetched by tools/run.mjs from tools/local/mongo/pom.xml. */
export const MONGO_JARS = path.join(LOCAL, 'mongo/lib');

/** A PATH on which the pinned tools come first: `node` is then the pinned Node 24, whatever the host has. */
export const toolPath = (): string => [NPM_BIN, VENV_BIN, process.env.PATH ?? '/usr/bin:/bin'].join(path.delimiter);
