/**
 * Who may ask at all: the check of every request before anything of it is read. Without it any page that is open in the same
 * browser, or any user of the machine, could stop the apps.
 *
 * - Host: an address, `localhost`, or the name that was chosen. A name of somebody else's that leads to loopback (DNS
 *   rebinding) is refused.
 * - Token: as bearer header or in the cookie. The cookie holds what is derived from the token: cookies do not tell ports
 *   apart, so that other servers of this host get to see it.
 * - Origin: what changes something comes from the page itself, or with the bearer header.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { calledAs, isOwnName } from '../../platform/called-as.ts';

export interface Asked {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  /** With its query, as the request line has it. */
  readonly url: string;
}

export type Verdict =
  | { readonly kind: 'allowed' }
  /** The link with the token in it was opened: from now on the cookie does it. */
  | { readonly kind: 'welcome'; readonly cookie: string; readonly location: string }
  | { readonly kind: 'refused'; readonly status: 400 | 401 | 403 | 405; readonly error: string };

const COOKIE_DAYS = 30;
const READING = new Set(['GET', 'HEAD']);

const refused = (status: 400 | 401 | 403 | 405, error: string): Verdict => ({ kind: 'refused', status, error });

/** Compares without telling by its time how much was right. */
function isSame(given: string, right: string): boolean {
  const hash = (text: string): Buffer => createHmac('sha256', 'compare').update(text).digest();
  return timingSafeEqual(hash(given), hash(right));
}

export class Gate {
  readonly #token: () => string | null;
  readonly #names: ReadonlySet<string>;

  /**
   * @param token as it is now: a new one ends what the old one opened
   * @param names by which the server may be called besides addresses and `localhost`
   */
  constructor(token: () => string | null, names: readonly string[]) {
    this.#token = token;
    this.#names = new Set(names.map((name) => name.toLowerCase()));
  }

  judge({ method, headers, url }: Asked): Verdict {
    const host = headers.host ?? '';
    const called = calledAs(host);
    if (called === null || !isOwnName(called.name, this.#names))
      return refused(
        400,
        `this server does not go by the name ${host.slice(0, 100)}: open it by its address, as \`upkeep web\` prints it`,
      );
    if (method !== 'POST' && !READING.has(method))
      return refused(405, `${method} is not done here: reading is GET, what changes something is POST`);
    const token = this.#token();
    if (token === null)
      return refused(401, 'there is no token any more: `upkeep web` makes one and prints the address');
    const asked = addressOf(url);
    if (asked === null) return refused(400, 'the path of this request cannot be read');
    const inLink = asked.searchParams.get('token');
    if (inLink !== null && method === 'GET' && asked.pathname === '/') {
      if (!isSame(inLink, token)) return notLetIn('the token in this address is not, or no longer, the right one');
      asked.searchParams.delete('token');
      const life = `Max-Age=${COOKIE_DAYS * 24 * 3600}`;
      return {
        kind: 'welcome',
        cookie: `${cookieName(called.port)}=${cookieValue(token)}; Path=/; HttpOnly; SameSite=Strict; ${life}`,
        location: `/${asked.search}`,
      };
    }
    const bearer = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
    const cookie = cookieOf(headers.cookie, cookieName(called.port));
    const isBearer = bearer !== undefined && isSame(bearer, token);
    if (!isBearer && !(cookie !== null && isSame(cookie, cookieValue(token))))
      return notLetIn('this address wants its token');
    if (isBearer) return { kind: 'allowed' };
    return this.#judgeOrigin(method, headers, asked.pathname, host);
  }

  /** With the cookie: the browser sends it by itself, whoever makes it ask. */
  #judgeOrigin(method: string, headers: IncomingHttpHeaders, path: string, host: string): Verdict {
    const site = headers['sec-fetch-site'];
    const isPage = path === '/' && READING.has(method);
    if (site !== undefined && site !== 'same-origin' && site !== 'none' && !isPage)
      return refused(403, 'another page asked for this: only the page of this server may');
    const { origin } = headers;
    if (origin !== undefined && !isOriginOf(origin, host))
      return refused(403, `the page at ${origin.slice(0, 100)} may not ask here: open the page of this server`);
    if (method === 'POST' && origin === undefined)
      return refused(403, 'a POST wants an Origin, as browsers send it, or the token as bearer header');
    return { kind: 'allowed' };
  }
}

const notLetIn = (why: string): Verdict =>
  refused(401, `${why}: run \`upkeep web\` on the machine itself, and open the address that it prints`);

const cookieName = (port: string): string => `upkeep-web-${port}`;
const cookieValue = (token: string): string => createHmac('sha256', token).update('cookie').digest('base64url');

function cookieOf(header: string | undefined, name: string): string | null {
  for (const part of (header ?? '').split(';')) {
    const at = part.indexOf('=');
    if (at !== -1 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return null;
}

function addressOf(url: string): URL | null {
  try {
    return url.startsWith('/') ? new URL(`http://localhost${url}`) : null;
  } catch {
    return null;
  }
}

function isOriginOf(origin: string, host: string): boolean {
  try {
    return new URL(origin).host === new URL(`http://${host}`).host;
  } catch {
    return false;
  }
}
