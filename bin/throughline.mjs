#!/usr/bin/env node
// The CLI from any folder and on the host's own Node: what it needs is set up first (tools/run.mjs).
process.argv.splice(2, 0, '--no-services', 'bin/cli.ts');
await import('../tools/run.mjs');
