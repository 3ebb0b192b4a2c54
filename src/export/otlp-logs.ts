/**
 * Records of logs as OpenTelemetry's protocol wants them. Without the resource of each process a receiver could not tell whose
 * lines they are.
 */
import type { Level, LogRecord } from './log-record.ts';
import {
  nanos,
  type OtlpAttribute,
  type OtlpResource,
  type OtlpScope,
  type OtlpValue,
  otlpAttributes,
  processResource,
} from './otlp-values.ts';

/** The first number of each range of the data model. */
const SEVERITIES: Readonly<Record<Level, number>> = { trace: 1, debug: 5, info: 9, warn: 13, error: 17, fatal: 21 };
const STREAMS = { out: 'stdout', err: 'stderr' } as const;

export interface OtlpLogs {
  readonly resourceLogs: readonly {
    readonly resource: OtlpResource;
    readonly scopeLogs: readonly { readonly scope: OtlpScope; readonly logRecords: readonly OtlpLogRecord[] }[];
  }[];
}

export interface OtlpLogRecord {
  readonly timeUnixNano: string;
  readonly observedTimeUnixNano: string;
  readonly severityNumber?: number;
  readonly severityText?: string;
  readonly body: OtlpValue;
  readonly attributes: readonly OtlpAttribute[];
  readonly traceId?: string;
  readonly spanId?: string;
}

const isTrace = (value: unknown): value is string => typeof value === 'string' && /^[0-9a-f]{32}$/i.test(value);
const isSpan = (value: unknown): value is string => typeof value === 'string' && /^[0-9a-f]{16}$/i.test(value);

function logRecord({ line, level, body, fields, saidAt }: LogRecord): OtlpLogRecord {
  const { trace_id: trace, span_id: span } = fields;
  return {
    timeUnixNano: nanos(saidAt ?? line.at),
    observedTimeUnixNano: nanos(line.at),
    ...(level === null ? {} : { severityNumber: SEVERITIES[level], severityText: level.toUpperCase() }),
    body: { stringValue: body },
    attributes: otlpAttributes({ 'log.iostream': STREAMS[line.stream], ...fields }),
    ...(isTrace(trace) ? { traceId: trace } : {}),
    ...(isSpan(span) ? { spanId: span } : {}),
  };
}

export interface OtlpContext {
  readonly host: string;
  readonly scope: OtlpScope;
  readonly resource: Readonly<Record<string, string>>;
}

export function otlpLogs(records: readonly LogRecord[], { host, scope, resource }: OtlpContext): OtlpLogs {
  const byProcess = new Map<string, LogRecord[]>();
  for (const record of records) {
    const { id, name, namespace } = record.line;
    const key = JSON.stringify([id, name, namespace]);
    const known = byProcess.get(key);
    if (known === undefined) byProcess.set(key, [record]);
    else known.push(record);
  }
  return {
    resourceLogs: [...byProcess.values()].map((own) => ({
      resource: processResource((own[0] as LogRecord).line, host, resource),
      scopeLogs: [{ scope, logRecords: own.map(logRecord) }],
    })),
  };
}
