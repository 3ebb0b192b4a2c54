/**
 * Programs that tell what they see of themselves, each run bare and under Upkeep. What differs is what an app would notice
 * of the runtime that is preloaded into it.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type Rig, testWith } from './rig.ts';
import { until } from './until.ts';

interface Outcome {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Program {
  readonly file: string;
  readonly text: string;
  readonly nodeArgs?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly others?: Readonly<Record<string, string>>;
  /** Not in the other mode. */
  readonly mode?: 'fork';
}

/** What a CommonJS program sees. */
const COMMONJS = `
const { fork } = require('node:child_process');
const { Worker } = require('node:worker_threads');
console.log(JSON.stringify({
  main: require.main === module, parent: module.parent ?? null, id: module.id, paths: module.paths, cache: Object.keys(require.cache),
  argv: process.argv, argv0: process.argv0, execPath: process.execPath, execArgv: process.execArgv, title: process.title,
  options: process.env.NODE_OPTIONS ?? null, headers: require('node:http').maxHeaderSize, globals: Object.keys(globalThis),
  preloaded: process._preload_modules ?? [], exitCode: process.exitCode ?? null, isTTY: process.stdout.isTTY ?? false,
  trace: new Error('traced').stack, cwd: process.cwd(), umask: process.umask(),
}, null, 1));
const child = fork('./child.cjs', ['a'], { execArgv: process.execArgv });
child.on('message', (message) => {
  console.log('child ' + JSON.stringify(message));
  const worker = new Worker('./worker.cjs', { argv: ['b'] });
  worker.on('message', (seen) => console.log('worker ' + JSON.stringify(seen)));
  worker.on('exit', (code) => console.log('worker ended ' + code));
});
`;
const SEEN = `const seen = { argv: process.argv, execArgv: process.execArgv, main: require.main === module, send: typeof process.send,
  connected: process.connected ?? null, preloaded: process._preload_modules ?? [], isWorker: require('node:cluster').isWorker,
  ours: Object.keys(process.env).filter((name) => /^UPKEEP_(AGENT|CLUSTER|HELD)/.test(name)) };`;

const MODULE = `
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
console.log(JSON.stringify({
  main: import.meta.main ?? null, url: import.meta.url, dirname: import.meta.dirname ?? null, argv: process.argv,
  execArgv: process.execArgv, title: process.title, cache: Object.keys(createRequire(import.meta.url).cache),
  trace: new Error('traced').stack, read: typeof readFileSync,
}, null, 1));
`;

const HOOK = `
import { register } from 'node:module';
register('data:text/javascript,' + encodeURIComponent(\`
export async function resolve(name, context, next) { return name === 'virtual:answer' ? { url: 'virtual:answer', shortCircuit: true } : next(name, context); }
export async function load(url, context, next) { return url === 'virtual:answer' ? { format: 'module', source: 'export default 42', shortCircuit: true } : next(url, context); }
\`));
`;

const PROGRAMS: Readonly<Record<string, Program>> = {
  'a CommonJS program, its child and its worker thread': {
    file: 'app.cjs',
    text: COMMONJS,
    others: {
      'child.cjs': `${SEEN} process.send(seen, () => process.disconnect());`,
      'worker.cjs': `${SEEN} require('node:worker_threads').parentPort.postMessage(seen);`,
    },
  },
  'NODE_OPTIONS and node_args': {
    file: 'app.cjs',
    text: `console.log(JSON.stringify([process.env.NODE_OPTIONS, process.execArgv, require('node:http').maxHeaderSize, typeof gc]));`,
    nodeArgs: '--expose-gc',
    env: { NODE_OPTIONS: '--max-http-header-size=20000' },
  },
  'what Node has loaded when it begins': {
    // A worker of a cluster is one to listen.
    mode: 'fork',
    file: 'app.cjs',
    text: `console.log(process.moduleLoadList.filter((one) => /^NativeModule (net|dgram|stream|perf_hooks|diagnostics_channel|child_process)$/.test(one)).join());`,
  },
  'an ES module': { file: 'app.mjs', text: MODULE },
  'an ES module with a loader by --import': {
    file: 'app.mjs',
    text: `import answer from 'virtual:answer'; console.log(answer, process.execArgv, import.meta.main ?? null);`,
    nodeArgs: '--import ./hook.mjs',
    others: { 'hook.mjs': HOOK },
  },
  'reports of its own': {
    file: 'app.cjs',
    text: `setTimeout(() => {
  const { report } = process;
  const settings = () => console.log(JSON.stringify(report), Object.keys(report), report.directory, report.reportOnFatalError);
  settings();
  report.filename = 'mine.json';
  console.log(report.writeReport(), require('node:fs').readdirSync('.'), typeof report.getReport().environmentVariables);
  settings();
}, 100);`,
  },
  'process.exit': { file: 'app.cjs', text: `console.log('out'); console.error('err'); process.exit(5);` },
  'process.exitCode': {
    file: 'app.cjs',
    text: `process.exitCode = 6; process.on('exit', (code) => console.log('exit', code));`,
  },
  'an exception': {
    file: 'app.cjs',
    text: `function inner() { throw new TypeError('it broke', { cause: new Error('because') }); }\nsetImmediate(() => inner());`,
  },
  'an exception at once': { file: 'app.mjs', text: `const a = 1;\na.b.c = 2;\n` },
  'an exception that is caught at the end': {
    file: 'app.cjs',
    text: `process.on('uncaughtException', (error, origin) => { console.log(origin, error.message); process.exit(9); }); throw new Error('x');`,
  },
  'a rejection that nobody handles': { file: 'app.mjs', text: `Promise.reject(new Error('no'));` },
  'a syntax error': { file: 'app.cjs', text: `const = 3;` },
  'a module that is missing': { file: 'app.cjs', text: `require('./nowhere');` },
  'a top-level await that nothing ends': { file: 'app.mjs', text: `await new Promise(() => {});` },
  'a signal of its own': {
    file: 'app.cjs',
    text: `process.kill(process.pid, 'SIGTERM'); setInterval(() => {}, 1000);`,
  },
  'a server that closes: nothing is left to do': {
    file: 'app.cjs',
    text: `const server = require('node:http').createServer((request, response) => response.end(new Error('in a request').stack));
server.listen(0, '127.0.0.1', () => {
  console.log(new Error('in listening').stack.replaceAll(process.execPath, 'node'));
  require('node:http').get({ port: server.address().port, agent: false }, (response) => {
    response.setEncoding('utf8').on('data', (text) => console.log(text)).on('end', () => server.close(() => console.log('closed')));
  });
});`,
  },
};

const ARGS = ['x', '--y=z w'];

function runBare(folder: string, rig: Rig, { file, nodeArgs, env }: Program): Promise<Outcome> {
  return new Promise((resolve) => {
    const args = [...(nodeArgs?.split(' ') ?? []), join(folder, file), ...ARGS];
    const child = spawn(rig.node, args, {
      cwd: folder,
      env: { ...rig.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

async function endOf(rig: Rig, name: string, expected: Outcome): Promise<Outcome> {
  const { lastExit } = await rig.when(name, ({ status }) => status === 'stopped' || status === 'errored', 'to end');
  const output = (): readonly [string, string] => [
    rig.read(`logs/${name}-out.log`),
    rig.read(`logs/${name}-error.log`),
  ];
  // As much as expected is a reason to compare; what never comes is compared when the time is up.
  await until(
    () => (output().join('').length >= (expected.stdout + expected.stderr).length ? true : undefined),
    () => 'the output',
    10_000,
  ).catch(() => {});
  const [stdout, stderr] = output();
  return {
    code: lastExit?.kind === 'code' ? lastExit.code : null,
    signal: lastExit?.kind === 'signal' ? lastExit.signal : null,
    stdout,
    stderr,
  };
}

/** Warnings name the process. */
const comparable = (outcome: Outcome): Outcome => ({
  ...outcome,
  stderr: outcome.stderr.replace(/^\(node:\d+\)/gm, '(node:PID)'),
});

/** @param node runs the programs, bare and under a daemon that it runs too */
export function describeFaithfulness(node: string): void {
  const test = testWith(node);
  for (const mode of ['fork', 'cluster'] as const) {
    const chosen = Object.entries(PROGRAMS).filter(([, program]) => (program.mode ?? mode) === mode);
    test(`${mode} mode: ${chosen.length} programs see themselves, print and end as from the shell`, {
      timeout: 120_000,
    }, async ({ rig }) => {
      const programs = chosen.map(([what, program], i) => {
        for (const [file, text] of Object.entries({ ...program.others, [program.file]: program.text }))
          rig.write(`program-${i}/${file}`, text);
        return { what, program, name: `program-${i}`, folder: join(rig.root, `program-${i}`) };
      });
      const apps = programs.map(({ program, name, folder }) => ({
        name,
        cwd: folder,
        script: program.file,
        args: ARGS,
        exec_mode: mode,
        merge_logs: true,
        autorestart: false,
        disable_source_map_support: true,
        ...(program.nodeArgs === undefined ? {} : { node_args: program.nodeArgs }),
        ...(program.env === undefined ? {} : { env: program.env }),
      }));
      rig.write('programs.json', JSON.stringify({ apps }));
      // Some of them fail, and the command says so.
      await rig.run('start', 'programs.json');
      for (const { what, program, name, folder } of programs) {
        const bare = await runBare(folder, rig, program);
        const under = await endOf(rig, name, bare);
        expect({ what, ...comparable(under) }).toEqual({ what, ...comparable(bare) });
      }
    });
  }
}
