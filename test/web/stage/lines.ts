/** Made-up log lines: JSON with levels, colours, and what is made to harm. */
import type { LogEntry } from '../../../src/web/api.ts';
import { chance, HOSTILE } from './cast.ts';

const ESC = '\u001b';
const PATHS = ['/orders', '/orders/8841', '/cart', '/login', '/search?q=lamp', '/healthz'] as const;

export function line(number: number, at: number): LogEntry {
  const random = chance(number + 3);
  const id = Math.floor(random() * 4);
  const path = PATHS[Math.floor(random() * PATHS.length)] ?? '/';
  const ms = Math.round(random() * 80);
  const base = { id, name: 'api', stream: 'out', at } as const;
  if (number % 17 === 5)
    return {
      ...base,
      stream: 'err',
      level: 'error',
      text: `{"level":50,"msg":"payment refused","order":${8800 + number},"code":"card_declined"}`,
    };
  if (number % 11 === 3)
    return { ...base, level: 'warn', text: `{"level":40,"msg":"slow query","ms":${ms + 400},"table":"orders"}` };
  if (number % 5 === 1)
    return {
      ...base,
      level: null,
      text: `${ESC}[32mGET${ESC}[39m ${path} ${ESC}[1m200${ESC}[22m ${ESC}[90m${ms} ms${ESC}[39m`,
    };
  return {
    ...base,
    level: 'info',
    text: `{"level":30,"msg":"request","method":"GET","path":"${path}","status":200,"ms":${ms}}`,
  };
}

export const lines = (count: number, endAt = Date.now()): LogEntry[] =>
  Array.from({ length: count }, (_, index) => line(index, endAt - (count - index) * 137));

export const hostileLine = (): LogEntry => ({
  id: 0,
  name: HOSTILE,
  stream: 'out',
  at: Date.now(),
  level: null,
  text: `${HOSTILE} ${ESC}]8;;javascript:alert(1)${ESC}\\link${ESC}]8;;${ESC}\\ ${ESC}[31m<b>red</b>${ESC}[0m \u202egnp.exe`,
});
