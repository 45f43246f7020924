import { throughline } from './cli/program.ts';
import { runCommand } from './terminal/run-command.ts';

// Whoever reads us has seen enough: `... | head`.
process.stdout.on('error', (error) => {
  if ('code' in error && error.code === 'EPIPE') process.exit();
  throw error;
});

await runCommand(() => throughline(process.argv.slice(2), process));
