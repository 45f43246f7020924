import { throughline } from './cli/program.ts';
import { runCommand } from './terminal/run-command.ts';

// Whoever reads us has seen enough: `... | head`.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error) => {
    if ('code' in error && error.code === 'EPIPE') process.exit();
    throw error;
  });
}

const args = process.argv.slice(2);
// Asked for before the arguments are understood: they may be what is wrong.
await runCommand(() => throughline(args, process), { json: args.includes('--json') });
