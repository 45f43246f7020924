import { startServices } from '../../tools/local/services.ts';

// A process that starts the services, says where they are, and holds them until it is ended by a signal.
process.stdout.write('starting\n');
const { aws, mongo, oidc, run } = await startServices();
const addresses = [aws.endpoint, aws.faults.controlUrl, mongo.uri, oidc.issuer];
process.stdout.write(`${JSON.stringify({ folder: run.folder, addresses })}\n`);
setInterval(() => {}, 60_000);
