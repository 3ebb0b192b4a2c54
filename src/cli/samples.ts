/**
 * The apps that `create` writes: the smallest that show what Upkeep does. Kept as text, so that the package needs no
 * folder of templates that could get lost.
 */

export interface Sample {
  readonly name: string;
  readonly what: string;
  readonly files: Readonly<Record<string, string>>;
}

const SERVER = `const { createServer } = require('node:http');

const server = createServer((request, response) => {
  response.end(\`Hello from process \${process.pid}, instance \${process.env.NODE_APP_INSTANCE}\\n\`);
});

server.listen(Number(process.env.PORT ?? 3000), () => {
  console.log('listening on', server.address().port);
});
`;

const WORKER = `let round = 0;

setInterval(() => {
  round += 1;
  console.log('round', round, 'at', new Date().toISOString());
}, 1000);
`;

const config = (app: string): string => `module.exports = {
  apps: [
    ${app},
  ],
};
`;

export const SAMPLES: readonly Sample[] = [
  {
    name: 'http',
    what: 'an HTTP server, one process',
    files: {
      'server.js': SERVER,
      'ecosystem.config.js': config(`{ name: 'http', script: './server.js', env: { PORT: '3000' } }`),
    },
  },
  {
    name: 'cluster',
    what: 'an HTTP server, several processes on one port; try `upkeep reload cluster`',
    files: {
      'server.js': SERVER,
      'ecosystem.config.js': config(
        `{ name: 'cluster', script: './server.js', instances: 2, exec_mode: 'cluster', env: { PORT: '3001' } }`,
      ),
    },
  },
  {
    name: 'worker',
    what: 'a loop that prints, restarted when its file changes; try `upkeep logs worker`',
    files: {
      'worker.js': WORKER,
      'ecosystem.config.js': config(`{ name: 'worker', script: './worker.js', watch: ['worker.js'] }`),
    },
  },
];
