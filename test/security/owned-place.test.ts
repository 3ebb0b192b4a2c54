/** A daemon of root's writes, renames and deletes in folders of other users: links and names that they put there lead it nowhere. */
import {
  chownSync,
  closeSync,
  constants,
  existsSync,
  lchownSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compressFile } from '../../src/logs/compressor.ts';
import { LogFile } from '../../src/logs/log-file.ts';
import { removeFile } from '../../src/logs/rotated-files.ts';
import { takeForeignFile } from '../../src/platform/foreign-file.ts';
import { openAtPlace } from '../../src/platform/owned-place.ts';
import { removePidFile, writePidFile } from '../../src/supervisor/pid-file.ts';

const USER = 65534;
const OTHER = 65533;
const FLAGS = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT;

let root: string;
/** Root's, with a file that nobody else may change. */
let roots: string;
/** The user's. */
let users: string;
let secret: string;

const of = (path: string, uid: number): string => {
  lchownSync(path, uid, uid);
  return path;
};
const folder = (path: string, uid = USER): string => {
  mkdirSync(path);
  return of(path, uid);
};
const link = (target: string, path: string, uid = USER): string => {
  symlinkSync(target, path);
  return of(path, uid);
};
const file = (path: string, text: string, uid = USER): string => {
  writeFileSync(path, text);
  return of(path, uid);
};
const secondName = (path: string): string => {
  linkSync(secret, path);
  return path;
};
const append = (path: string, text: string): void => {
  const fd = openAtPlace(path, FLAGS, 0o644);
  try {
    writeSync(fd, text);
  } finally {
    closeSync(fd);
  }
};

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'upkeep-place-'));
  roots = folder(join(root, 'roots'), 0);
  users = folder(join(root, 'users'));
  secret = file(join(roots, 'secret'), 'secret', 0);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('a log of an app', () => {
  it('in a folder of its user is made, with the folders above it, and is that user’s', () => {
    const path = join(users, 'deep', 'er', 'out.log');
    append(path, 'line');
    append(path, ' line');
    expect(readFileSync(path, 'utf8')).toBe('line line');
    for (const one of [path, join(users, 'deep'), join(users, 'deep/er')]) expect(statSync(one).uid).toBe(USER);
  });

  it('goes through links of root’s, and of the user’s own to what is his', () => {
    link(users, join(root, 'link'), 0);
    append(join(root, 'link', 'a.log'), 'a');
    folder(join(users, 'releases'));
    folder(join(users, 'releases/3'));
    link(join(users, 'releases/3'), join(users, 'current'));
    link('releases/3', join(users, 'relative'));
    append(join(users, 'current', 'b.log'), 'b');
    append(join(users, 'relative', 'b.log'), 'b');
    expect([join(users, 'a.log'), join(users, 'releases/3/b.log')].map((path) => readFileSync(path, 'utf8'))).toEqual([
      'a',
      'bb',
    ]);
  });

  it('that root made before in the user’s folder goes on', () => {
    const path = file(join(users, 'old.log'), 'old', 0);
    append(path, ' new');
    expect(readFileSync(path, 'utf8')).toBe('old new');
  });

  it.each([
    ['a link to a file', () => link(secret, join(users, 'out.log'))],
    ['a link to a file that is not there', () => link(join(roots, 'made'), join(users, 'out.log'))],
    ['another name of a file', () => secondName(join(users, 'out.log'))],
    ['a link to a folder', () => join(link(roots, join(users, 'logs')), 'secret')],
    ['a link to a folder, for a file that is not there', () => join(link(roots, join(users, 'logs')), 'made')],
    ['a link that goes up', () => join(link('../roots', join(users, 'logs')), 'secret')],
    ['links to links', () => link(link(link(secret, join(users, 'a')), join(users, 'b')), join(users, 'out.log'))],
    [
      'a link into the folder of a third',
      () => join(link(folder(join(root, 'third'), OTHER), join(users, 'l')), 'made'),
    ],
    ['a folder of a third in the user’s folder', () => join(folder(join(users, 'third'), OTHER), 'made')],
    ['a file of a third', () => file(join(users, 'out.log'), '', OTHER)],
    ['a link in a folder of root’s where all may write', () => link(secret, join(root, 'planted'))],
  ])('is not written: %s', (_, plant) => {
    const path = plant();
    expect(() => append(path, 'evil')).toThrow(/is not touched|ELOOP/);
    expect(readFileSync(secret, 'utf8')).toBe('secret');
    expect(readdirSync(roots)).toEqual(['secret']);
    expect(existsSync(path) && statSync(path).size > 6).toBe(false);
  });

  it('is never written elsewhere while the folder is exchanged for a link again and again', async () => {
    const logs = folder(join(users, 'logs'));
    const stop = new Int32Array(new SharedArrayBuffer(4));
    const worker = new Worker(
      `const { workerData: { logs, roots, stop } } = require('node:worker_threads');
       const { renameSync, symlinkSync, lchownSync, rmSync } = require('node:fs');
       // A missing folder is made by the one who writes: then this round is given up.
       const quietly = (act) => { try { act(); } catch {} };
       while (Atomics.load(stop, 0) === 0) {
         rmSync(logs + '.aside', { recursive: true, force: true });
         quietly(() => renameSync(logs, logs + '.aside'));
         quietly(() => { symlinkSync(roots, logs); lchownSync(logs, ${USER}, ${USER}); });
         rmSync(logs, { recursive: true, force: true });
         quietly(() => renameSync(logs + '.aside', logs));
       }`,
      { eval: true, workerData: { logs, roots, stop } },
    );
    const done = { written: 0, refused: 0 };
    for (let i = 0; i < 3_000; i++)
      try {
        append(join(logs, 'out.log'), 'x');
        done.written++;
      } catch {
        done.refused++;
      }
    Atomics.store(stop, 0, 1);
    await worker.terminate();
    expect(readdirSync(roots)).toEqual(['secret']);
    expect(done.written).toBeGreaterThan(0);
    expect(done.refused).toBeGreaterThan(0);
  });
});

describe('its rotation', () => {
  const cut = (): string => {
    renameSync(users, join(root, 'aside'));
    return link(roots, users);
  };

  it('moves and compresses in the user’s folder', async () => {
    const path = join(users, 'out.log');
    const log = new LogFile(path, 1);
    log.write(Buffer.from('line\n'));
    const aside = log.rotate(1_700_000_000_000, 2)?.aside ?? '';
    log.close();
    await compressFile(aside);
    expect(readdirSync(users).sort()).toEqual(['out.log', `${aside.slice(users.length + 1)}.gz`].sort());
    for (const name of readdirSync(users)) expect(statSync(join(users, name)).uid).toBe(USER);
  });

  it('moves nothing of root’s when the folder was exchanged for a link', () => {
    const log = new LogFile(join(users, 'secret'), 1);
    cut();
    expect(() => log.rotate(1_700_000_000_000, 2)).not.toThrow(/moved/);
    log.close();
    expect(readdirSync(roots)).toEqual(['secret']);
    expect(readFileSync(secret, 'utf8')).toBe('secret');
  });

  it('compresses neither through a link nor into one', async () => {
    const stolen = link(secret, join(users, 'out.log.20260101-000000-000'));
    await expect(compressFile(stolen)).rejects.toThrow();
    const plain = file(join(users, 'out.log.20260101-000000-001'), 'lines');
    link(secret, `${plain}.gz.part`);
    await expect(compressFile(plain)).rejects.toThrow();
    expect(readFileSync(secret, 'utf8')).toBe('secret');
    expect(readFileSync(plain, 'utf8')).toBe('lines');
  });

  it('deletes nothing through a link', () => {
    file(join(roots, 'out.log.1'), 'kept', 0);
    link(roots, join(users, 'logs'));
    removeFile(join(users, 'logs', 'out.log.1'));
    expect(existsSync(join(roots, 'out.log.1'))).toBe(true);
  });
});

it('a pid file is neither written nor removed through a link', () => {
  writePidFile(join(users, 'app.pid'), '12');
  expect(statSync(join(users, 'app.pid')).uid).toBe(USER);
  removePidFile(join(users, 'app.pid'), '12');
  expect(readdirSync(users)).toEqual([]);
  const planted = link(secret, join(users, 'app.pid'));
  expect(() => writePidFile(planted, '12')).toThrow(/not touched/);
  removePidFile(planted, 'secret');
  expect(readFileSync(secret, 'utf8')).toBe('secret');
});

describe('a file that an app says it wrote', () => {
  it('is taken if it is its own', async () => {
    const written = file(join(users, 'a.heapsnapshot'), '{}');
    expect(await takeForeignFile(written, join(roots, 'taken'), USER)).toBe(2);
    expect([existsSync(written), statSync(join(roots, 'taken')).uid]).toEqual([false, 0]);
    expect(statSync(join(roots, 'taken')).mode & 0o777).toBe(0o600);
    chownSync(join(roots, 'taken'), 0, 0);
  });

  it.each([
    ['a file of root’s', () => secret],
    ['a link to one', () => link(secret, join(users, 'a'))],
    ['another name of one', () => secondName(join(users, 'a'))],
    ['one through a link', () => join(link(roots, join(users, 'l')), 'secret')],
  ])('is left where it is: %s', async (_, plant) => {
    const path = plant();
    await expect(takeForeignFile(path, join(root, 'taken'), USER)).rejects.toThrow();
    expect([existsSync(join(root, 'taken')), readFileSync(secret, 'utf8')]).toEqual([false, 'secret']);
  });
});
