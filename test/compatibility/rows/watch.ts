/** Restarts by changed files. */
import type { Section } from '../row.ts';

const PM2 = 'test/differential/config.test.ts';
const TRIGGERS = 'test/system/triggers.test.ts';
const NORMALISE = 'test/unit/config/normalise.test.ts';

export const sections: readonly Section[] = [
  {
    number: '8.4',
    title: 'Watch',
    rows: [
      {
        row: '`--watch` turns it on, restart `--watch` turns it off and on, stop turns it off',
        verdict: 'same',
        test: `${PM2} · --watch turns watching on and off`,
      },
      {
        row: '`watch: true` in a file: off after stop, on after restart of the file',
        verdict: 'same',
        test: `${PM2} · watch in the record: start, stop, restart`,
      },
      {
        row: '`watch: false` stays so; `watch_delay` without it is harmless',
        verdict: 'same',
        test: `${PM2} · watch: false stays false`,
      },
      {
        row: 'a changed, a new and a removed file restart, each once; `ignore_watch` does not',
        verdict: 'same',
        test: `${TRIGGERS} · watch: a changed, a new and a removed file restart; ignored ones do not; stop turns it off`,
      },
      {
        row: 'a changed file restarts, an ignored one does not',
        verdict: 'same',
        test: `${PM2} · a changed file restarts, an ignored one does not`,
      },
      {
        row: 'paths, globs and `watch_options` of chokidar',
        verdict: 'different',
        how: '`usePolling`, `followSymlinks` and `ignored` have an effect; others are named in a warning',
        test: `${NORMALISE} · replaces what is ignored, and reads the settings of chokidar`,
      },
      {
        row: '`--ext` lists every file with another extension as ignored',
        verdict: 'better',
        how: 'files that come later are told apart, too',
        test: `${NORMALISE} · ext ignores files with other extensions, not folders`,
      },
    ],
  },
];
