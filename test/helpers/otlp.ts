/**
 * A collector for tests. What it is sent is decoded by OpenTelemetry's own definition of the protocol, and must be the same after
 * it: a key that the definition does not know, or a value of another kind, fails.
 */
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { isDeepStrictEqual } from 'node:util';
import { gunzipSync } from 'node:zlib';

type Json = Readonly<Record<string, unknown>>;
interface Message {
  fromObject(json: Json): object;
  encode(message: object): { finish(): Uint8Array };
  decode(bytes: Uint8Array): object;
  toObject(message: object, options: Json): Json;
}

const load = createRequire(import.meta.url);
const { collector } = load('@opentelemetry/otlp-transformer/build/src/generated/root.js').opentelemetry.proto as {
  collector: {
    logs: { v1: { ExportLogsServiceRequest: Message } };
    metrics: { v1: { ExportMetricsServiceRequest: Message } };
  };
};

function changed(value: unknown, change: (key: string, one: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map((one) => changed(one, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, change(key, changed(one, change))]));
}

/** Ids are hex in OTLP's JSON, where protobuf's has base64. */
const idsAsBytes = (key: string, one: unknown): unknown =>
  key === 'traceId' || key === 'spanId' ? Buffer.from(String(one), 'hex').toString('base64') : one;
/** An empty list is the same as none. */
const emptyAsNone = (_key: string, one: unknown): unknown => (Array.isArray(one) && one.length === 0 ? undefined : one);
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(changed(value, emptyAsNone)));

export function decoded<T>(signal: 'logs' | 'metrics', json: T): T {
  const { logs, metrics } = collector;
  const type = signal === 'logs' ? logs.v1.ExportLogsServiceRequest : metrics.v1.ExportMetricsServiceRequest;
  const given = changed(json, idsAsBytes) as Json;
  const bytes = type.encode(type.fromObject(given)).finish();
  const back = type.toObject(type.decode(bytes), { longs: String, enums: Number, bytes: String });
  if (!isDeepStrictEqual(plain(back), plain(given)))
    throw new Error(`not as the protocol has it:\n${JSON.stringify(plain(given))}\n${JSON.stringify(plain(back))}`);
  return json;
}

export interface ReceivedRecord {
  readonly body: string;
  readonly severityNumber: number;
  readonly at: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly resource: Readonly<Record<string, unknown>>;
}

type Attributes = readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
const flat = (attributes: Attributes = []): Record<string, unknown> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));

interface LogsBody {
  readonly resourceLogs: readonly {
    readonly resource: { readonly attributes: Attributes };
    readonly scopeLogs: readonly {
      readonly logRecords: readonly {
        readonly body: { readonly stringValue: string };
        readonly severityNumber?: number;
        readonly timeUnixNano: string;
        readonly attributes: Attributes;
      }[];
    }[];
  }[];
}

const recordsOf = ({ resourceLogs }: LogsBody): ReceivedRecord[] =>
  resourceLogs.flatMap(({ resource, scopeLogs }) =>
    scopeLogs.flatMap(({ logRecords }) =>
      logRecords.map(({ body, severityNumber = 0, timeUnixNano, attributes }) => ({
        body: body.stringValue,
        severityNumber,
        at: Number(BigInt(timeUnixNano) / 1_000_000n),
        attributes: flat(attributes),
        resource: flat(resource.attributes),
      })),
    ),
  );

export interface Collector {
  readonly port: number;
  readonly records: ReceivedRecord[];
  readonly bodies: string[];
  readonly metrics: Json[];
  readonly headers: Readonly<Record<string, unknown>>[];
  /** What went wrong here; a test looks at it at its end. */
  readonly problems: string[];
  /** Requests, those that were refused among them. */
  requests: number;
  /** Answered to each request; null: it is taken. */
  answer: { readonly status: number; readonly headers?: Record<string, string> } | null;
  close(): Promise<void>;
}

export async function collectorOn(port = 0): Promise<Collector> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      self.requests++;
      self.headers.push(request.headers);
      if (self.answer !== null) {
        response.writeHead(self.answer.status, self.answer.headers).end('not now');
        return;
      }
      try {
        const bytes = Buffer.concat(chunks);
        const json = JSON.parse(
          (request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString('utf8'),
        ) as Json;
        if (request.url === '/v1/logs') {
          const records = recordsOf(decoded('logs', json as unknown as LogsBody));
          self.records.push(...records);
          for (const { body } of records) self.bodies.push(body);
        } else if (request.url === '/v1/metrics') self.metrics.push(decoded('metrics', json));
        else throw new Error(`nobody listens at ${request.url}`);
      } catch (error) {
        self.problems.push((error as Error).message);
      }
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  const self: Collector = {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    records: [],
    bodies: [],
    metrics: [],
    headers: [],
    problems: [],
    requests: 0,
    answer: null,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return self;
}
