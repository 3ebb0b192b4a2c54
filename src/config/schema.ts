/**
 * JSON Schema of an ecosystem file, made from the option table. Without it editors could neither complete
 * nor check a config, or would do so by a list that nobody keeps up to date.
 */
import type { Kind, Option } from './option.ts';
import { camelCase, helpOf, OPTIONS } from './options.ts';

type Schema = Readonly<Record<string, unknown>>;

const SIZE = '^\\d+(\\.\\d+)?\\s?([KMGTkmgt]([Ii]?[Bb])?|[Bb])?$';
const DURATION = '^\\d+(\\.\\d+)?\\s?(ms|s|m|h|d)?$';

const DURATION_VALUE: Schema = {
  anyOf: [
    { type: 'number', minimum: 0 },
    { type: 'string', pattern: DURATION },
  ],
};
const COUNT: Schema = { type: 'integer', minimum: 1 };
const PORT: Schema = { type: 'integer', minimum: 1, maximum: 65_535 };

/** Exactly one of http, tcp and exec. */
function probeSchema(): Schema {
  const httpParts = {
    path: { type: 'string', pattern: '^/' },
    host: { type: 'string' },
    port: PORT,
    secure: { type: 'boolean' },
    status: { anyOf: [{ type: 'integer' }, { type: 'array', items: { type: 'integer' } }] },
  };
  const properties: Record<string, Schema> = {
    http: { anyOf: [{ type: 'string' }, { type: 'object', properties: httpParts, additionalProperties: false }] },
    tcp: { anyOf: [PORT, { type: 'string' }] },
    exec: { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' }, minItems: 1 }] },
    interval: DURATION_VALUE,
    timeout: DURATION_VALUE,
    failure_threshold: COUNT,
    success_threshold: COUNT,
    start_period: DURATION_VALUE,
  };
  for (const [name, schema] of Object.entries(properties)) properties[camelCase(name)] = schema;
  const oneOf = ['http', 'tcp', 'exec'].map((name) => ({ required: [name] }));
  return { anyOf: [{ type: 'string' }, { type: 'object', properties, additionalProperties: false, oneOf }] };
}

const texts: Schema = { type: 'array', items: { type: ['string', 'number', 'boolean'] } };
const variables: Schema = { anyOf: [{ type: 'object' }, { type: 'string' }] };

const address: Schema = { type: ['string', 'integer'] };
const listenEntry: Schema = {
  type: 'object',
  properties: { address, name: { type: 'string' }, backlog: { type: 'integer', minimum: 1, maximum: 65_535 } },
  required: ['address'],
};

const BY_KIND: { readonly [K in Kind]: Schema } = {
  text: { type: 'string', minLength: 1 },
  name: { type: ['string', 'number'] },
  boolean: { type: 'boolean' },
  integer: { type: 'integer' },
  size: {
    anyOf: [
      { type: 'number', minimum: 0 },
      { type: 'string', pattern: SIZE },
    ],
  },
  duration: DURATION_VALUE,
  list: { anyOf: [texts, { type: 'string' }] },
  exitCodes: {
    anyOf: [
      { type: 'integer', minimum: 0, maximum: 255 },
      { type: 'array', items: { type: ['integer', 'string'] } },
      { type: 'string' },
    ],
  },
  environment: variables,
  object: { type: 'object' },
  execMode: { enum: ['fork', 'cluster', 'fork_mode', 'cluster_mode'] },
  instances: { anyOf: [{ type: 'integer' }, { const: 'max' }, { type: 'string', pattern: '^-?\\d+$' }] },
  account: { type: ['string', 'integer'] },
  cron: { anyOf: [{ type: 'string' }, { const: 0 }, { const: false }] },
  signal: { type: 'string', pattern: '^([Ss][Ii][Gg])?[A-Za-z0-9]+$' },
  booleanOrText: { type: ['boolean', 'string'] },
  booleanOrList: { anyOf: [{ type: ['boolean', 'string'] }, texts] },
  sockets: { anyOf: [address, listenEntry, { type: 'array', maxItems: 16, items: { anyOf: [address, listenEntry] } }] },
  probe: probeSchema(),
};

/** A JSON Schema (draft 2020-12). Unknown keys are allowed, as they only lead to warnings. */
export function jsonSchema(): Schema {
  const apps: Schema = { anyOf: [{ type: 'array', items: { $ref: '#/$defs/app' } }, { $ref: '#/$defs/app' }] };
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Upkeep ecosystem file',
    anyOf: [
      {
        type: 'object',
        properties: {
          apps,
          pm2: apps,
          deploy: { type: 'object', description: 'Where and how to deploy, by environment.' },
          static: { type: 'array', description: 'Folders to serve over http, an app each.' },
        },
        anyOf: [{ required: ['apps'] }, { required: ['pm2'] }, { required: ['deploy'] }, { required: ['static'] }],
      },
      { type: 'array', items: { $ref: '#/$defs/app' } },
      { $ref: '#/$defs/app' },
    ],
    $defs: { app: appSchema() },
  };
}

function appSchema(): Schema {
  const properties: Record<string, Schema> = {};
  for (const option of OPTIONS) {
    const own = optionSchema(option);
    const names = [option.name, ...(option.aliases ?? [])];
    for (const name of names) {
      for (const spelling of [name, camelCase(name)]) {
        properties[spelling] ??= spelling === option.name ? own : { ...own, description: `Same as ${option.name}.` };
      }
    }
  }
  const scripts = ['script', 'exec', 'cmd', 'command'];
  return {
    type: 'object',
    description: 'One app.',
    properties,
    patternProperties: { '^env_.+$': { ...variables, description: 'Laid over env by --env <name>.' } },
    anyOf: scripts.map((name) => ({ required: [name] })),
  };
}

function optionSchema(option: Option): Schema {
  const base: Schema = option.choices === undefined ? BY_KIND[option.kind] : { enum: option.choices };
  // Bounds hold for plain numbers; text with a unit is checked when it is read.
  const bounds =
    base.type === 'integer'
      ? {
          ...(option.min === undefined ? {} : { minimum: option.min }),
          ...(option.max === undefined ? {} : { maximum: option.max }),
        }
      : {};
  return { ...base, ...bounds, description: helpOf(option) };
}
