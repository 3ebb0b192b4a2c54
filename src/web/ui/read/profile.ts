/**
 * A profile of V8 as a tree of frames. Without it a `.cpuprofile` is a list of samples that only the developer tools of a browser
 * can read.
 */

export interface Frame {
  readonly name: string;
  /** `file:///srv/api/server.js`; empty: of the engine. */
  readonly url: string;
  /** 1-based; 0: none. */
  readonly line: number;
  /** Microseconds or bytes. */
  readonly self: number;
  readonly total: number;
  /** Largest first. */
  readonly children: readonly Frame[];
}

export interface ReadProfile {
  readonly kind: 'cpu' | 'heap';
  readonly root: Frame;
}

interface CallFrame {
  readonly functionName?: unknown;
  readonly url?: unknown;
  readonly lineNumber?: unknown;
}

interface Draft {
  name: string;
  url: string;
  line: number;
  self: number;
  children: Map<string, Draft>;
}

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const numberOf = (value: unknown): number => (typeof value === 'number' && Number.isFinite(value) ? value : 0);

function draftOf(callFrame: unknown): Draft {
  const { functionName, url, lineNumber }: CallFrame = fieldsOf(callFrame);
  const name = typeof functionName === 'string' && functionName !== '' ? functionName : '(anonymous)';
  return {
    name: name === '(root)' ? 'all' : name,
    url: typeof url === 'string' ? url : '',
    line: typeof lineNumber === 'number' && lineNumber >= 0 ? lineNumber + 1 : 0,
    self: 0,
    children: new Map(),
  };
}

/** Frames of one function below one caller are one: V8 keeps those of different optimisation apart. */
function under(parent: Draft, callFrame: unknown): Draft {
  const draft = draftOf(callFrame);
  const key = `${draft.name}\u0000${draft.url}\u0000${draft.line}`;
  const known = parent.children.get(key);
  if (known !== undefined) return known;
  parent.children.set(key, draft);
  return draft;
}

/** Idle time is no work: it would make everything else thin. */
const isLeftOut = (name: string): boolean => name === '(idle)' || name === '(program)';

/** @throws Error in words if it is no profile */
export function readProfile(json: unknown): ReadProfile {
  const fields = fieldsOf(json);
  if (Array.isArray(fields.nodes)) return { kind: 'cpu', root: readCpu(fields) };
  if (fields.head !== undefined) return { kind: 'heap', root: readHeap(fields.head) };
  throw new Error('This file is neither a CPU profile nor a heap profile.');
}

function readCpu({ nodes, samples, timeDeltas }: Readonly<Record<string, unknown>>): Frame {
  const times = timesById(listOf(samples), listOf(timeDeltas));
  const byId = new Map(listOf(nodes).map((node) => [numberOf(fieldsOf(node).id), fieldsOf(node)]));
  const children = new Set([...byId.values()].flatMap((node) => listOf(node.children).map(numberOf)));
  const [rootId, rootNode] = [...byId].find(([id]) => !children.has(id)) ?? [0, {}];
  const root = draftOf(fieldsOf(rootNode).callFrame);
  const work: { readonly id: number; readonly draft: Draft }[] = [{ id: rootId, draft: root }];
  const visited = new Set<number>();
  for (let next = work.pop(); next !== undefined; next = work.pop()) {
    if (visited.has(next.id)) continue;
    visited.add(next.id);
    const node = byId.get(next.id) ?? {};
    next.draft.self += times?.get(next.id) ?? (times === null ? numberOf(node.hitCount) : 0);
    for (const child of listOf(node.children).map(numberOf)) {
      const callFrame = byId.get(child)?.callFrame;
      if (isLeftOut(draftOf(callFrame).name)) continue;
      work.push({ id: child, draft: under(next.draft, callFrame) });
    }
  }
  return finished(root);
}

/** null: it has no times, only counts. */
function timesById(samples: readonly unknown[], deltas: readonly unknown[]): Map<number, number> | null {
  if (samples.length === 0) return null;
  const times = new Map<number, number>();
  samples.forEach((sample, index) => {
    const id = numberOf(sample);
    // A delta stands before its sample: what ran until the next one is the next one's.
    times.set(id, (times.get(id) ?? 0) + Math.max(0, numberOf(deltas[index + 1] ?? deltas[index])));
  });
  return times;
}

function readHeap(head: unknown): Frame {
  const root = draftOf(fieldsOf(head).callFrame);
  const work: { readonly node: Readonly<Record<string, unknown>>; readonly draft: Draft }[] = [
    { node: fieldsOf(head), draft: root },
  ];
  for (let next = work.pop(); next !== undefined; next = work.pop()) {
    next.draft.self += numberOf(next.node.selfSize);
    for (const child of listOf(next.node.children).map(fieldsOf))
      work.push({ node: child, draft: under(next.draft, child.callFrame) });
  }
  return finished(root);
}

/** Deep recursion of the app must not be one of ours: a stack of its own instead. */
function finished(root: Draft): Frame {
  const order: Draft[] = [];
  const work = [root];
  for (let next = work.pop(); next !== undefined; next = work.pop()) {
    order.push(next);
    for (const child of next.children.values()) work.push(child);
  }
  const frames = new Map<Draft, Frame>();
  for (const draft of order.reverse()) {
    const children = [...draft.children.values()]
      .map((child) => frames.get(child))
      .filter((child): child is Frame => child !== undefined && child.total > 0)
      .sort((a, b) => b.total - a.total);
    const { name, url, line, self } = draft;
    const total = self + children.reduce((sum, child) => sum + child.total, 0);
    frames.set(draft, { name, url, line, self, total, children });
  }
  return frames.get(root) as Frame;
}

export interface Box {
  readonly frame: Frame;
  readonly depth: number;
  /** Between 0 and 1 of the whole width. */
  readonly left: number;
  readonly width: number;
  readonly parent: Box | null;
}

/** Where each frame stands with `top` as wide as all; what would be thinner than `least` is left out. */
export function layOut(top: Frame, least: number): readonly Box[] {
  const boxes: Box[] = [];
  const work: Box[] = [{ frame: top, depth: 0, left: 0, width: 1, parent: null }];
  for (let next = work.pop(); next !== undefined; next = work.pop()) {
    boxes.push(next);
    let left = next.left;
    for (const frame of next.frame.children) {
      const width = top.total === 0 ? 0 : frame.total / top.total;
      if (width >= least) work.push({ frame, depth: next.depth + 1, left, width, parent: next });
      left += width;
    }
  }
  return boxes;
}

export interface Hot {
  readonly name: string;
  readonly url: string;
  readonly line: number;
  readonly self: number;
  readonly total: number;
}

/** Functions by what they took themselves, largest first. Of a recursion the total counts once. */
export function hottest(root: Frame, most: number): readonly Hot[] {
  const byKey = new Map<string, { name: string; url: string; line: number; self: number; total: number }>();
  const open = new Map<string, number>();
  const work: { readonly frame: Frame; readonly isLeave: boolean }[] = [{ frame: root, isLeave: false }];
  for (let next = work.pop(); next !== undefined; next = work.pop()) {
    const { name, url, line, self, total, children } = next.frame;
    const key = `${name}\u0000${url}\u0000${line}`;
    const depth = open.get(key) ?? 0;
    if (next.isLeave) {
      open.set(key, depth - 1);
      continue;
    }
    const hot = byKey.get(key) ?? { name, url, line, self: 0, total: 0 };
    hot.self += self;
    if (depth === 0) hot.total += total;
    byKey.set(key, hot);
    open.set(key, depth + 1);
    work.push({ frame: next.frame, isLeave: true });
    for (const child of children) work.push({ frame: child, isLeave: false });
  }
  return [...byKey.values()]
    .filter(({ self }) => self > 0)
    .sort((a, b) => b.self - a.self)
    .slice(0, most);
}

/** `server.js:12` */
export function placeOf({ url, line }: { readonly url: string; readonly line: number }): string {
  if (url === '') return '';
  const file = url.startsWith('node:') ? url : (url.split('/').at(-1) ?? url);
  return line > 0 ? `${file}:${line}` : file;
}

/** Whose code it is: colours of the graph. */
export function originOf({ url }: { readonly url: string }): 'app' | 'package' | 'node' | 'engine' {
  if (url === '') return 'engine';
  if (url.startsWith('node:')) return 'node';
  return url.includes('/node_modules/') ? 'package' : 'app';
}
