/** Single requests over connections of their own, and who answers them. */
import { get } from 'node:http';
import { until } from './until.ts';

export interface Address {
  readonly port?: number;
  readonly host?: string;
  readonly socketPath?: string;
  readonly path?: string;
}

export function ask(address: Address): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = {
      agent: false,
      timeout: 20_000,
      ...(address.socketPath === undefined ? { host: '127.0.0.1' } : {}),
    };
    const request = get({ ...options, ...address }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => resolve(body));
      response.on('error', reject);
    });
    request.on('timeout', () => request.destroy(new Error('no answer within 20 s')));
    request.on('error', reject);
  });
}

/** The first answer: who is up for `min_uptime` need not listen yet. */
export const firstAnswer = (address: Address): Promise<string> =>
  until(
    () => ask(address).catch(() => undefined),
    () => `an answer at ${JSON.stringify(address)}`,
  );

/**
 * Asks until so many processes have answered.
 * @param whoOf finds in an answer who gave it
 */
export async function answerers(
  address: Address,
  count: number,
  whoOf: (body: string) => string = (body) => body,
): Promise<Set<string>> {
  const seen = new Set<string>();
  let failure = '';
  await until(
    async () => {
      const asked = await Promise.allSettled(Array.from({ length: 8 }, () => ask(address)));
      for (const one of asked) {
        if (one.status === 'fulfilled') seen.add(whoOf(one.value));
        else failure = String(one.reason);
      }
      return seen.size >= count ? true : undefined;
    },
    () => `${count} processes to answer; ${[...seen]} did; ${failure}`,
  );
  return seen;
}
