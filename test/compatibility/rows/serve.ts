/** `serve` and the static server. */
import type { Section } from '../row.ts';

const UNIT = 'test/unit/integrations/static.test.ts';
const SYSTEM = 'test/system/serve.test.ts';
const BOTH = 'test/differential/serve.test.ts';

export const sections: readonly Section[] = [
  {
    number: '1.14',
    title: '`serve`',
    rows: [
      {
        row: '`serve` or `expose` with path and port (`.`, 8080); `--port`, `--spa`, `--basic-auth-username`, `--basic-auth-password`, `--name`; the name is `static-page-server-<port>`; gone after `delete`',
        verdict: 'same',
        test: `${SYSTEM} · serve: path and port, the default name, --spa, basic auth, and offline after delete`,
      },
      {
        row: '`PM2_SERVE_PATH` and `PM2_SERVE_PORT` win over the words',
        verdict: 'same',
        test: `${SYSTEM} · serve: the environment wins, and what cannot be served is refused`,
      },
      {
        row: 'a folder that is not there is served, exit code 0',
        verdict: 'better',
        how: 'refused, exit code 1',
        test: `${BOTH} · a folder that is not there`,
      },
      {
        row: 'served twice under one name: refused, exit code 1',
        verdict: 'same',
        test: `${BOTH} · twice on one port: exit code 1`,
      },
      {
        row: '`--monitor` puts the script of a paid service into the pages',
        verdict: 'different',
        how: 'nothing is put into pages, and that is told',
        test: `${SYSTEM} · serve: the environment wins, and what cannot be served is refused`,
      },
      {
        row: 'a fork-mode app whose folder is the one served',
        verdict: 'better',
        how: 'the same, and with `-i` it shares its port and reloads without a failed request',
        test: `${SYSTEM} · a served folder is reloaded in cluster mode without a failed request`,
      },
      {
        row: 'name, mode and folder in the record',
        verdict: 'same',
        test: `${BOTH} · the record: name, mode and folder`,
      },
      {
        row: '`script: "serve"` in a config with `PM2_SERVE_*`; stopped by the config',
        verdict: 'same',
        test: `${SYSTEM} · script "serve" of a config is the static server, and the config stops it again`,
      },
      {
        row: 'defaults: port 8080, host 0.0.0.0, homepage `/index.html`',
        verdict: 'same',
        test: `${UNIT} · has the defaults of PM2`,
      },
      {
        row: 'files: homepage at `/` and `/index.html`, type by extension, CORS headers',
        verdict: 'same',
        test: `${BOTH} · files: status, type, body, CORS`,
      },
      {
        row: 'a type that is not known is text/plain',
        verdict: 'different',
        how: 'so for names without an extension; an unknown extension is application/octet-stream, so that a browser does not show bytes as text',
        test: `${UNIT} · gives type by extension, CORS headers, and what caches need`,
      },
      {
        row: 'a file is sent whole each time: no ETag, no ranges',
        verdict: 'better',
        how: 'ETag, Last-Modified, 304, ranges',
        test: `${BOTH} · a part of a file, and what a cache asks with`,
      },
      {
        row: 'what is not there: `404.html` of the root, or plain text, 404',
        verdict: 'same',
        test: `${BOTH} · what is not there: 404.html`,
      },
      {
        row: '`--spa`: the file of the last name, then the homepage, 200',
        verdict: 'same',
        test: `${BOTH} · --spa: the homepage, or what has the last name of the path`,
      },
      {
        row: 'an encoded way out of the folder is 403; dot segments are normalised away',
        verdict: 'same',
        test: `${BOTH} · an encoded way out is refused`,
      },
      {
        row: 'basic authentication: 401 and a challenge',
        verdict: 'better',
        how: 'the same, compared in constant time; without name or password nothing is served',
        test: `${BOTH} · basic authentication`,
      },
      {
        row: '`--ftp`: index.html, else a listing with folders first, names, sizes, times, a link up, without names that begin with a dot',
        verdict: 'same',
        test: `${UNIT} · lists a folder: folders first, then by name, without what begins with a dot`,
      },
      {
        row: 'a folder without its slash: links of a listing lead astray',
        verdict: 'better',
        how: 'they hold; a folder with an index.html redirects to its slash',
        test: `${BOTH} · links of a listing that was asked for without its slash`,
      },
      {
        row: 'a folder without `--ftp` is an error 500',
        verdict: 'better',
        how: 'its index.html, or 404',
        test: `${BOTH} · a folder with an index.html, without --ftp`,
      },
      {
        row: '`.env` and the like are served',
        verdict: 'better',
        how: 'names that begin with a dot are not, other than `.well-known`',
        test: `${BOTH} · files that begin with a dot`,
      },
      {
        row: 'a path that cannot be decoded ends the server',
        verdict: 'better',
        how: '400',
        test: `${BOTH} · a path that cannot be decoded`,
      },
    ],
  },
];
