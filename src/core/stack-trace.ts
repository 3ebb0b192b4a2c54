/**
 * Finds the stack trace in what a program printed last, of Node and of others. Without it a crash of a program that has no
 * runtime of ours in it would be a heap of lines.
 */

export interface FoundTrace {
  /** The error in words: `TypeError: x is not a function`. */
  readonly headline: string;
  /** Innermost first. */
  readonly frames: readonly string[];
}

const MOST_FRAMES = 50;
/** Of a longer line the rest is not looked at: matching can take its length squared. */
const LONGEST_LINE = 2_000;
/** Of Node, Bun, Deno and the JVM. */
const AT_FRAME = /^\s+at (.+)$/;
/** Of Python, with the line of code below it. */
const PYTHON_FRAME = /^ {2}File "(.+)", line (\d+)(?:, in (.+))?$/;
const PYTHON_BEGIN = 'Traceback (most recent call last):';
/** `TypeError: no`, `Error [ERR_X]: no`, `java.io.IOException: no`, `Uncaught 'no'`. */
const ERROR_LINE = /^(?:Uncaught )?(?:[A-Za-z_$][\w$.]*(?:Error|Exception|Warning)?)(?: \[[\w.-]+\])?(?::| ?$)/;

/** null: the lines show none. The last one counts: it is what the program died of. */
export function findTrace(printed: readonly string[]): FoundTrace | null {
  const lines = printed.map((line) => line.slice(0, LONGEST_LINE));
  const python = lines.lastIndexOf(PYTHON_BEGIN);
  const at = lines.findLastIndex((line) => AT_FRAME.test(line));
  if (python > at) return pythonTrace(lines.slice(python + 1));
  return at < 0 ? null : atTrace(lines, at);
}

/** @param last line of the last frame; causes that are printed below their error are frames, too, and are left to it */
function atTrace(lines: readonly string[], last: number): FoundTrace | null {
  let first = last;
  while (first > 0 && AT_FRAME.test(lines[first - 1] ?? '')) first--;
  // Of an error with a cause the outermost is what the program died of: it stands first, and ends with a brace.
  for (let i = first - 1; i > 0 && /^\s+\[cause\]:/.test(lines[i] ?? ''); ) {
    let end = i - 1;
    while (end > 0 && !AT_FRAME.test(lines[end] ?? '')) end--;
    if (end <= 0) break;
    first = end;
    while (first > 0 && AT_FRAME.test(lines[first - 1] ?? '')) first--;
    i = first - 1;
  }
  const frames: string[] = [];
  for (let i = first; i < lines.length && frames.length < MOST_FRAMES; i++) {
    const [, frame] = AT_FRAME.exec(lines[i] ?? '') ?? [];
    if (frame === undefined) break;
    frames.push(frame.replace(/ \{$/, ''));
  }
  // The message may have several lines: its first one names the error.
  let head = first - 1;
  while (head > 0 && first - head < 10 && !ERROR_LINE.test(lines[head] ?? '')) head--;
  const headline = (ERROR_LINE.test(lines[head] ?? '') ? lines[head] : lines[first - 1])?.trim() ?? '';
  return frames.length === 0 ? null : { headline, frames };
}

function pythonTrace(lines: readonly string[]): FoundTrace {
  const frames: string[] = [];
  let headline = '';
  for (const line of lines) {
    const [, file, number, where] = PYTHON_FRAME.exec(line) ?? [];
    if (file !== undefined) frames.push(`${where ?? '<module>'} (${file}:${number})`);
    else if (!line.startsWith(' ')) {
      headline = line;
      break;
    }
  }
  return { headline, frames: frames.reverse().slice(0, MOST_FRAMES) };
}

/** The part of `error.stack` that names the places, innermost first. */
export function framesOf(stack: string): readonly string[] {
  return stack
    .split('\n')
    .flatMap((line) => AT_FRAME.exec(line)?.[1] ?? [])
    .slice(0, MOST_FRAMES);
}
