/**
 * What the process hands over when it dies of an exception, or ends itself with an error: the error with its causes, what it
 * was answering, Node's diagnostic report. Written to files at the very end, so that neither a start nor a request pays for it,
 * and nothing of how the program ends is changed.
 */
import { REPORT_FILE, TESTAMENT_FILE, type Testament, type ToldError } from '../protocol/testament.ts';
import { type AtWork, workNow } from './look.ts';

/** As the agent line: when the program has begun. */
const BEGUN_AFTER_MS = 25;
const LONGEST_TEXT = 16_000;
const MOST_ERRORS = 8;
/** An exit this long after an exception that the app caught itself is still its doing. */
const STILL_ITS_DOING_MS = 5_000;
/** Node asks for the names of all peers of a report's connections before these versions: that may take minutes. */
const NAMELESS_SINCE: Readonly<Record<number, number>> = { 20: 20, 22: 13 };
const NAMELESS_MAJOR = 24;

interface Report {
  directory: string;
  filename: string;
  reportOnFatalError: boolean;
  excludeNetwork?: boolean;
  excludeEnv?: boolean;
  getReport(error?: Error): object;
  writeReport(...args: unknown[]): string;
}

const text = (value: unknown): string => String(value).slice(0, LONGEST_TEXT);

/** Its getters are the app's, and may throw. */
function told(error: unknown): ToldError {
  if (!(error instanceof Error)) return { name: 'Error', message: text(error), code: null, stack: '' };
  const { code } = error as NodeJS.ErrnoException;
  return {
    name: text(error.name),
    message: text(error.message),
    code: typeof code === 'string' || typeof code === 'number' ? text(code) : null,
    stack: text(error.stack ?? ''),
  };
}

/** The error, its causes, and what an AggregateError holds. */
function withCauses(error: unknown): readonly ToldError[] {
  const found: ToldError[] = [];
  const seen = new Set<unknown>();
  const waiting: unknown[] = [error];
  while (waiting.length > 0 && found.length < MOST_ERRORS) {
    const one = waiting.shift();
    if (seen.has(one)) continue;
    seen.add(one);
    found.push(told(one));
    if (!(one instanceof Error)) continue;
    const { cause, errors } = one as { readonly cause?: unknown; readonly errors?: unknown };
    if (cause !== undefined) waiting.push(cause);
    if (Array.isArray(errors)) waiting.push(...errors.slice(0, MOST_ERRORS));
  }
  return found;
}

function isQuickToReport(report: Report): boolean {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  return 'excludeNetwork' in report && (major >= NAMELESS_MAJOR || minor >= (NAMELESS_SINCE[major] ?? 1_000));
}

/** null: this Node has none, or would ask the network for it. */
function quickReport(): Report | null {
  const { report } = process as unknown as { readonly report?: Report };
  return report !== undefined && isQuickToReport(report) ? report : null;
}

function write(path: string, content: object): void {
  const { writeFileSync } = require('node:fs') as typeof import('node:fs');
  writeFileSync(path, JSON.stringify(content), { mode: 0o600 });
}

/** @param folder of this life, which is the daemon's */
export function leaveTestament(folder: string): void {
  let isLeft = false;
  let last: { readonly error: unknown; readonly origin: string; readonly at: number } | null = null;

  const leave = (error: { readonly error: unknown; readonly origin: string } | null): void => {
    if (isLeft) return;
    isLeft = true;
    let atWork: AtWork = { work: [], more: 0 };
    try {
      atWork = workNow();
    } catch {
      // It is not known, then.
    }
    if (error === null && atWork.work.length === 0) return;
    const testament: Testament = {
      format: 1,
      at: Date.now(),
      node: process.versions.node,
      origin: error === null ? null : String(error.origin),
      errors: error === null ? [] : withCauses(error.error),
      ...atWork,
    };
    write(`${folder}/${TESTAMENT_FILE}`, testament);
    if (error !== null) leaveReport(error.error);
  };
  const leaveReport = (error: unknown): void => {
    const report = quickReport();
    if (report === null) return;
    const { excludeNetwork } = report;
    report.excludeNetwork = true;
    const content = report.getReport(error instanceof Error ? error : undefined) as {
      environmentVariables?: unknown;
    };
    report.excludeNetwork = excludeNetwork === true;
    // It holds the secrets.
    delete content.environmentVariables;
    write(`${folder}/${REPORT_FILE}`, content);
  };
  const quietly =
    <T extends unknown[]>(act: (...args: T) => void) =>
    (...args: T): void => {
      try {
        act(...args);
      } catch {
        // The program ends as without us.
      }
    };

  process.on(
    'uncaughtExceptionMonitor',
    quietly((error: unknown, origin: string) => {
      const isCaught = process.listenerCount('uncaughtException') > 0 || process.hasUncaughtExceptionCaptureCallback();
      if (isCaught) last = { error, origin, at: Date.now() };
      else leave({ error, origin });
    }),
  );
  process.on(
    'exit',
    quietly((code: number) => {
      if (code === 0) return;
      const isItsDoing = last !== null && Date.now() - last.at < STILL_ITS_DOING_MS;
      leave(isItsDoing ? last : null);
    }),
  );
  setTimeout(() => quietly(reportFatalErrors)(folder), BEGUN_AFTER_MS).unref();
}

/** Options of the app's own for reports. */
const hasOwnReports = (): boolean =>
  [...process.execArgv, ...(process.env.NODE_OPTIONS ?? '').split(/\s+/)].some((word) =>
    /^--(?:experimental-)?(?:report-|diagnostic-dir)/.test(word),
  );

/**
 * Has V8 write a report when the heap is full: nothing of the program runs then any more. An app that begins to use reports
 * itself finds everything as Node has it.
 */
function reportFatalErrors(folder: string): void {
  if (hasOwnReports()) return;
  const report = quickReport();
  if (report === null || report.reportOnFatalError || report.directory !== '' || report.filename !== '') return;
  const { excludeNetwork = false, excludeEnv = false } = report;
  const apply = (settings: Partial<Report>): void => void Object.assign(report, settings);
  const names = ['directory', 'filename', 'reportOnFatalError', 'reportOnSignal', 'reportOnUncaughtException'] as const;
  const own = new Map(
    ['excludeNetwork', ...('excludeEnv' in report ? ['excludeEnv'] : []), 'compact', 'signal', ...names].map((name) => [
      name,
      Object.getOwnPropertyDescriptor(report, name),
    ]),
  );
  // Where they cannot be put back they are not touched.
  if ([...own.values()].some((one) => one?.configurable !== true || one.get === undefined)) return;
  const shown = new Map([...own].map(([name, one]) => [name, one?.get?.call(report) as unknown]));
  const { writeReport, getReport } = report;

  const giveBack = (): void => {
    for (const [name, one] of own) Object.defineProperty(report, name, one as PropertyDescriptor);
    Object.assign(report, { writeReport, getReport });
    apply({
      reportOnFatalError: false,
      directory: '',
      filename: '',
      excludeNetwork,
      ...('excludeEnv' in report ? { excludeEnv } : {}),
    });
  };
  apply({
    directory: folder,
    filename: REPORT_FILE,
    reportOnFatalError: true,
    excludeNetwork: true,
    ...('excludeEnv' in report ? { excludeEnv: true } : {}),
  });
  for (const [name, one] of own)
    Object.defineProperty(report, name, {
      ...one,
      get: () => shown.get(name),
      set(value: unknown) {
        giveBack();
        (report as unknown as Record<string, unknown>)[name] = value;
      },
    });
  report.writeReport = (...args) => {
    giveBack();
    return report.writeReport(...args);
  };
  report.getReport = (error) => {
    giveBack();
    return report.getReport(error);
  };
}
