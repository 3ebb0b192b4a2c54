/**
 * Where things are shipped, as an address says it. Without one reader of these addresses the command would accept what the
 * process that ships cannot reach.
 */
import { fail, ok, type Result } from '../core/errors.ts';

export type Destination =
  | { readonly kind: 'otlp'; readonly base: string; readonly authorization: string | null }
  | {
      readonly kind: 'syslog';
      readonly transport: 'udp' | 'tcp' | 'tls';
      readonly host: string;
      readonly port: number;
      readonly facility: number;
      /** File with the certificates that are trusted; null: those of Node. */
      readonly ca: string | null;
    }
  /** The machine's own syslog, through the program `logger`. */
  | { readonly kind: 'local-syslog'; readonly path: string; readonly facility: number }
  | { readonly kind: 'journald'; readonly path: string };

const OTLP_PORT = '4318';
const SYSLOG_PORTS = { udp: 514, tcp: 514, tls: 6514 } as const;
const LOCAL_SYSLOG = '/dev/log';
const JOURNALD = '/run/systemd/journal/stdout';

/** By their numbers in RFC 5424. */
const FACILITIES = [
  ...['kern', 'user', 'mail', 'daemon', 'auth', 'syslog', 'lpr', 'news', 'uucp', 'cron', 'authpriv', 'ftp'],
  ...['ntp', 'security', 'console', 'solaris-cron'],
  ...['local0', 'local1', 'local2', 'local3', 'local4', 'local5', 'local6', 'local7'],
];
const USUAL_FACILITY = 'user';

export const facilityName = (facility: number): string => FACILITIES[facility] ?? USUAL_FACILITY;

const FORMS =
  'otlp+http://host:4318, otlp+https://host, syslog+udp://host, syslog+tcp://host, syslog+tls://host, syslog: or journald:';

export function destinationOf(text: string): Result<Destination> {
  const url = URL.parse?.(text) ?? parsed(text);
  const refuse = (why: string, hint: string = FORMS): Result<never> =>
    fail('BAD_REQUEST', `cannot ship to ${shownUrl(text)}: ${why}`, hint);
  if (url === null) return refuse('it is no address');
  const scheme = url.protocol.slice(0, -1);
  switch (scheme) {
    case 'otlp+http':
    case 'otlp+https':
      return url.hostname === '' ? refuse('it names no host') : ok(otlpOf(url, scheme === 'otlp+https'));
    case 'syslog+udp':
    case 'syslog+tcp':
    case 'syslog+tls': {
      const facility = facilityOf(url);
      if (facility === null) return refuse('there is no such facility', `one of ${FACILITIES.join(', ')}`);
      if (url.hostname === '') return refuse('it names no host');
      const transport = scheme.slice('syslog+'.length) as 'udp' | 'tcp' | 'tls';
      const port = url.port === '' ? SYSLOG_PORTS[transport] : Number(url.port);
      const host = url.hostname.replace(/^\[|\]$/g, '');
      return ok({ kind: 'syslog', transport, host, port, facility, ca: url.searchParams.get('ca') });
    }
    case 'syslog': {
      const facility = facilityOf(url);
      if (facility === null) return refuse('there is no such facility', `one of ${FACILITIES.join(', ')}`);
      return ok({ kind: 'local-syslog', path: url.pathname === '' ? LOCAL_SYSLOG : url.pathname, facility });
    }
    case 'journald':
      return ok({ kind: 'journald', path: url.pathname === '' ? JOURNALD : url.pathname });
    default:
      return refuse('it begins with nothing that is known');
  }
}

/** `URL.parse` is not there on Node 20. */
function parsed(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}

function otlpOf(url: URL, isSecure: boolean): Destination {
  const port = url.port === '' ? (isSecure ? '' : `:${OTLP_PORT}`) : `:${url.port}`;
  const path = url.pathname.replace(/\/+$/, '');
  const user = decodeURIComponent(url.username);
  const password = decodeURIComponent(url.password);
  const isNamed = user !== '' || password !== '';
  return {
    kind: 'otlp',
    base: `${isSecure ? 'https' : 'http'}://${url.hostname}${port}${path}`,
    authorization: isNamed ? `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` : null,
  };
}

function facilityOf(url: URL): number | null {
  const found = FACILITIES.indexOf(url.searchParams.get('facility') ?? USUAL_FACILITY);
  return found === -1 ? null : found;
}

/** An address as it may be shown: who has it cannot log in with it. */
export const shownUrl = (text: string): string => text.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@]*@/i, '$1***@');
