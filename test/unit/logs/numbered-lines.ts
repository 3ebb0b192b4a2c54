/**
 * Numbered lines: a program that writes them and a check that none is lost, doubled or split. Without
 * the numbers a test could only count bytes, and two errors could cancel each other.
 */

/** A program for `rig.node`: writes lines from 0 to count-1 in large blocking writes, cut at odd places. */
export function numberedWriter(count: number): string {
  return `
    let text = ''; let rest = Buffer.alloc(0);
    const flush = () => { rest = Buffer.from(text); text = ''; while (rest.length) rest = rest.subarray(writeSync(fd, rest, 0, Math.min(rest.length, 40_001))); };
    for (let n = 0; n < ${count}; n++) { text += String(n).padStart(8, '0') + ' the quick brown fox jumps over it\\n'; if (text.length > 200_000) flush(); }
    flush();`;
}

const TEXT = ' the quick brown fox jumps over it';

export interface Verdict {
  readonly lines: number;
  readonly doubled: number;
  readonly lost: number;
  readonly broken: readonly string[];
  readonly inOrder: boolean;
}

export function checkNumbered(bytes: Buffer, count: number): Verdict {
  const seen = new Uint8Array(count);
  const broken: string[] = [];
  let lines = 0;
  let doubled = 0;
  let last = -1;
  let inOrder = true;
  for (let start = 0; start < bytes.length; ) {
    const found = bytes.indexOf(10, start);
    const end = found === -1 ? bytes.length : found;
    const line = bytes.toString('latin1', start, end);
    const number = Number(line.slice(0, 8));
    if (line.length !== 8 + TEXT.length || line.slice(8) !== TEXT || !(number < count)) broken.push(line.slice(0, 100));
    else {
      if (seen[number] === 1) doubled++;
      seen[number] = 1;
      if (number <= last) inOrder = false;
      last = number;
      lines++;
    }
    start = end + 1;
  }
  return { lines, doubled, lost: seen.reduce((sum, mark) => sum + (mark === 0 ? 1 : 0), 0), broken, inOrder };
}
