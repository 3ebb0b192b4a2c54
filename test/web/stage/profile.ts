/** A made-up CPU profile of a web server. */
const FUNCTIONS = [
  ['(root)', '', -1],
  ['processTicksAndRejections', 'node:internal/process/task_queues', 70],
  ['parserOnIncoming', 'node:_http_server', 1020],
  ['handle', 'file:///srv/api/node_modules/express/lib/router/index.js', 177],
  ['listOrders', 'file:///srv/api/src/orders/list.ts', 31],
  ['rowsToOrders', 'file:///srv/api/src/orders/rows.ts', 12],
  ['parse', '', -1],
  ['query', 'file:///srv/api/node_modules/pg/lib/client.js', 520],
  ['json', 'file:///srv/api/node_modules/express/lib/response.js', 239],
  ['stringify', '', -1],
  ['cart', 'file:///srv/api/src/cart.ts', 8],
  ['price', 'file:///srv/api/src/pricing/price.ts', 55],
  ['roundHalfEven', 'file:///srv/api/src/pricing/money.ts', 19],
  ['(garbage collector)', '', -1],
  ['(idle)', '', -1],
  ['verify', 'file:///srv/api/node_modules/jsonwebtoken/verify.js', 61],
  ['afterWrite', 'node:internal/streams/writable', 700],
] as const;

const CHILDREN: Readonly<Record<number, readonly number[]>> = {
  1: [2, 3, 14, 15],
  2: [17],
  3: [4],
  4: [5, 11, 16],
  5: [6, 8, 9],
  6: [7],
  9: [10],
  11: [12, 9],
  12: [13],
};
const HITS: Readonly<Record<number, number>> = {
  2: 20,
  3: 12,
  4: 25,
  5: 40,
  6: 160,
  7: 95,
  8: 70,
  10: 120,
  11: 35,
  12: 140,
  13: 88,
  14: 60,
  15: 900,
  16: 75,
  17: 30,
};

export function cpuProfile(): object {
  const nodes = FUNCTIONS.map(([functionName, url, lineNumber], index) => ({
    id: index + 1,
    callFrame: { functionName, url, lineNumber, columnNumber: 0, scriptId: String(index) },
    hitCount: HITS[index + 1] ?? 0,
    children: (CHILDREN[index + 1] ?? []).filter((id) => !(index + 1 === 11 && id === 9)),
  }));
  const samples = Object.entries(HITS).flatMap(([id, hits]) => Array.from({ length: hits }, () => Number(id)));
  return { nodes, startTime: 0, endTime: samples.length * 1250, samples, timeDeltas: samples.map(() => 1250) };
}
