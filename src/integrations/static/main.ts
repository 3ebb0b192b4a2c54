/**
 * The program behind `upkeep serve`: an ordinary app, so that reload, cluster mode and draining work for it as for any
 * other. Without an entry of its own a folder could only be served from inside the daemon.
 */
import { createStaticServer } from './server.ts';
import { readStaticSettings } from './settings.ts';

const reading = readStaticSettings(process.env, process.cwd());
if (!reading.ok) {
  process.stderr.write(`${reading.problem}\n`);
  process.exit(1);
}
const { settings, notes } = reading;
for (const note of notes) process.stderr.write(`${note}\n`);
const server = createStaticServer(settings);
server.on('error', (error) => {
  process.stderr.write(`cannot serve ${settings.root}: ${error.message}\n`);
  process.exit(1);
});
server.listen(settings.port, settings.host, () => {
  process.stdout.write(`Serving ${settings.root} on http://${settings.host}:${settings.port}\n`);
});
