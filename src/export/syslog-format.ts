/**
 * A record as a message of syslog, RFC 5424. Without the escaping and the bounds of its parts a receiver would take one app's line
 * for another's header.
 */
import type { Level, LogRecord } from './log-record.ts';

/** Numbers of syslog: 2 critical … 7 debug. */
const SEVERITIES: Readonly<Record<Level, number>> = { trace: 7, debug: 7, info: 6, warn: 4, error: 3, fatal: 2 };
const INFO = 6;
const ERROR = 3;
const LONGEST_HOST = 255;
const LONGEST_APP = 48;
/** The number that RFC 5612 keeps for those who have none of their own. */
const ENTERPRISE = 32473;

/** Where a line does not tell: what a program writes to stderr is an error. */
export const syslogSeverity = ({ level, line }: LogRecord): number =>
  level === null ? (line.stream === 'err' ? ERROR : INFO) : SEVERITIES[level];

/** Printable ASCII without blanks; `-` when nothing is left. */
const headerWord = (text: string, longest: number): string => {
  const plain = text.replace(/[^\x21-\x7e]/g, '_').slice(0, longest);
  return plain === '' ? '-' : plain;
};

const parameter = (name: string, value: string): string => `${name}="${value.replace(/["\\\]]/g, '\\$&')}"`;

export interface SyslogContext {
  readonly host: string;
  readonly facility: number;
}

export function syslogMessage(record: LogRecord, { host, facility }: SyslogContext): string {
  const { line, body, saidAt } = record;
  const priority = facility * 8 + syslogSeverity(record);
  const time = new Date(saidAt ?? line.at).toISOString();
  const app = headerWord(line.name, LONGEST_APP);
  // Its number in `upkeep list` stands for the process; it stays over restarts.
  const data = `[upkeep@${ENTERPRISE} ${parameter('app', line.name)} ${parameter('namespace', line.namespace)} ${parameter('id', String(line.id))}]`;
  const message = body === '' ? '' : ` ${body}`;
  return `<${priority}>1 ${time} ${headerWord(host, LONGEST_HOST)} ${app} ${line.id} ${line.stream} ${data}${message}`;
}
