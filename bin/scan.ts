import { scan } from './scan/scan.ts';
import { runCommand } from './terminal/run-command.ts';

// Whoever reads us has seen enough: `... | head`.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error) => {
    if ('code' in error && error.code === 'EPIPE') process.exit();
    throw error;
  });
}

const args = process.argv.slice(2);
await runCommand(() => scan(args, process), { json: args.includes('--json') });
