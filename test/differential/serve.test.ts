/** `serve`: the same requests to PM2's static server and to Upkeep's. */
import { request } from 'node:http';
import { freePort } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';
import { both } from './both.ts';
import type { Side } from './side.ts';

const { same, better } = both();

interface Seen {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly cors: string;
}

/** What a request sees; `gone`: no answer. The path goes out as it is. */
function ask(port: number, path: string, headers: Record<string, string> = {}): Promise<Seen | 'gone'> {
  return new Promise((resolve) => {
    const asked = request({ port, host: '127.0.0.1', path, headers, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk) => {
        body += chunk;
      });
      response.on('error', () => resolve('gone'));
      response.on('end', () => {
        // A charset is Upkeep's addition.
        const type = (response.headers['content-type'] ?? '').split(';')[0] ?? '';
        const cors = `${response.headers['access-control-allow-origin']} ${response.headers['access-control-allow-methods']}`;
        resolve({ status: response.statusCode ?? 0, type, body, cors });
      });
    });
    asked.on('error', () => resolve('gone')).end();
  });
}

function site(side: Side): void {
  side.write('www/index.html', 'home');
  side.write('www/other.html', 'other');
  side.write('www/404.html', 'not here');
  side.write('www/data.json', '{}');
  side.write('www/LICENSE', 'words');
  side.write('www/.env', 'KEY=1');
  side.write('www/inner/index.html', 'inner');
  side.write('www/plain/leaf.txt', 'leaf');
}

/** Serves the site with these options and waits until it answers. */
async function serving(side: Side, ...words: string[]): Promise<number> {
  site(side);
  const port = await freePort();
  await side.must('serve', 'www', String(port), ...words);
  await until(
    async () => ((await ask(port, '/')) === 'gone' ? undefined : true),
    () => `${side.which} to serve`,
  );
  return port;
}

const statuses = async (port: number, paths: readonly string[]): Promise<readonly unknown[]> => {
  const seen: unknown[] = [];
  for (const path of paths) {
    const answer = await ask(port, path);
    seen.push(answer === 'gone' ? answer : [answer.status, answer.body]);
  }
  return seen;
};

same('files: status, type, body, CORS', async (side) => {
  const port = await serving(side);
  return Promise.all(['/', '/index.html', '/other.html', '/data.json?x=1', '/LICENSE'].map((path) => ask(port, path)));
});

same('what is not there: 404.html', async (side) => {
  const port = await serving(side);
  return statuses(port, ['/nope', '/x/y/other.html', '/%2e%2e/www/index.html', '/../nope']);
});

same('--spa: the homepage, or what has the last name of the path', async (side) => {
  const port = await serving(side, '--spa');
  return statuses(port, ['/', '/nope', '/x/y/other.html', '/some/route']);
});

same('an encoded way out is refused', async (side) => {
  const port = await serving(side);
  const seen = await Promise.all(['/..%2fapp.js', '/..%2f..%2f..%2fetc/passwd'].map((path) => ask(port, path)));
  return seen.map((one) => (one === 'gone' ? one : one.status));
});

same('basic authentication', async (side) => {
  const port = await serving(side, '--basic-auth-username', 'jo', '--basic-auth-password', 'secret');
  const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` });
  const seen = [await ask(port, '/'), await ask(port, '/', basic('jo:no')), await ask(port, '/', basic('jo:secret'))];
  return seen.map((one) => (one === 'gone' ? one : [one.status, one.body.includes('home')]));
});

same('--ftp: a folder is listed, its index.html comes first', async (side) => {
  const port = await serving(side, '--ftp');
  const [listed, indexed] = [await ask(port, '/plain/'), await ask(port, '/inner/')];
  return [
    listed !== 'gone' && [listed.status, listed.type, listed.body.includes('leaf.txt'), listed.body.includes('../')],
    indexed !== 'gone' && [indexed.status, indexed.body],
  ];
});

same('the record: name, mode and folder', async (side) => {
  await serving(side, '--name', 'site');
  const { name, pm2_env: env } = await side.one();
  return [name, env.exec_mode, env.pm_cwd, env.status];
});

same('script "serve" in a config', async (side) => {
  site(side);
  const port = await freePort();
  const env = {
    PM2_SERVE_PATH: './www',
    PM2_SERVE_PORT: port,
    PM2_SERVE_SPA: 'true',
    PM2_SERVE_HOMEPAGE: '/other.html',
  };
  side.write('ecosystem.json', JSON.stringify({ apps: [{ name: 'site', script: 'serve', env }] }));
  await side.must('start', 'ecosystem.json');
  await until(
    async () => ((await ask(port, '/')) === 'gone' ? undefined : true),
    () => `${side.which} to serve`,
  );
  return [await statuses(port, ['/', '/route']), (await side.one()).name];
});

same('twice on one port: exit code 1', async (side) => {
  const port = await serving(side);
  return side.codes(['serve', 'www', String(port)]);
});

better('files that begin with a dot', async (side) => statuses(await serving(side), ['/.env']), {
  pm2: [[200, 'KEY=1']],
  upkeep: [[404, 'not here']],
});

better(
  'a folder with an index.html, without --ftp',
  async (side) => (await statuses(await serving(side), ['/inner/', '/plain/'])).map((one) => (one as unknown[])[0]),
  { pm2: [500, 500], upkeep: [200, 404] },
);

better(
  'a path that cannot be decoded',
  async (side) => {
    const answer = await ask(await serving(side), '/%zz');
    return answer === 'gone' ? answer : answer.status;
  },
  { pm2: 'gone', upkeep: 400 },
);

better('a folder that is not there', async (side) => side.codes(['serve', 'nowhere', String(await freePort())]), {
  pm2: [0],
  upkeep: [1],
});

better(
  'a part of a file, and what a cache asks with',
  async (side) => {
    const port = await serving(side);
    const since = new Date(Date.now() + 60_000).toUTCString();
    const seen = [
      await ask(port, '/other.html', { range: 'bytes=1-2' }),
      await ask(port, '/other.html', { 'if-modified-since': since }),
    ];
    return seen.map((one) => (one === 'gone' ? one : [one.status, one.body]));
  },
  {
    pm2: Array(2).fill([200, 'other']),
    upkeep: [
      [206, 'th'],
      [304, ''],
    ],
  },
);

better(
  'links of a listing that was asked for without its slash',
  async (side) => {
    const port = await serving(side, '--ftp');
    const listed = await ask(port, '/plain');
    const link = /href="([^"]*leaf\.txt)"/.exec(listed === 'gone' ? '' : listed.body)?.[1] ?? '';
    return new URL(link, `http://localhost:${port}/plain`).pathname;
  },
  { pm2: '/leaf.txt', upkeep: '/plain/leaf.txt' },
);
