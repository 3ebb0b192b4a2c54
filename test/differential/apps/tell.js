// Writes a line of JSON for whatever happens to it into told.jsonl beside it, and runs until it is told to end.
const { appendFileSync } = require('node:fs');
const { join } = require('node:path');
const tell = (happened) => appendFileSync(join(__dirname, 'told.jsonl'), `${JSON.stringify(happened)}\n`);

for (const signal of ['SIGINT', 'SIGTERM', 'SIGUSR2', 'SIGHUP']) {
  process.on(signal, () => {
    tell({ signal, id: process.env.pm_id });
    if (signal === 'SIGINT' || signal === 'SIGTERM') process.exit(0);
  });
}
process.on('message', (message) => {
  tell({ message, id: process.env.pm_id });
  if (message === 'shutdown') process.exit(0);
});
require('node:net')
  .createServer()
  .listen(0, '127.0.0.1', () =>
    tell({
      started: process.env.pm_id,
      args: process.argv.slice(2),
      execArgv: process.execArgv.filter((flag) => !/require|source-maps|runtime\.cjs/.test(flag)),
      cwd: process.cwd(),
      env: process.env,
    }),
  );
