/**
 * Which port a program says is taken, in the words of the usual languages. Without it the most frequent reason of a
 * failed start would have to be looked up with other tools.
 */

const IN_USE =
  /EADDRINUSE|address (?:is )?(?:already )?in use|connection in use|port \d+ is (?:already )?(?:in use|taken)/i;

/** `port 3000`, `('127.0.0.1', 8000)`, `127.0.0.1:3000`, `:::3000`: from the surest to the least. */
const PORTS: readonly RegExp[] = [/\bport:? (\d{1,5})\b/gi, /, (\d{1,5})\)/g, /:(\d{1,5})\b(?![:.]\d)/g];

const LARGEST_PORT = 65_535;

/** The port that these lines name as taken, the newest first; null if none does. */
export function portInUse(lines: readonly string[]): number | null {
  for (const line of lines.toReversed()) {
    const match = IN_USE.exec(line);
    if (match === null) continue;
    // Node names it behind the words, others before them, where a date may stand too.
    const port = portIn(line.slice(match.index)) ?? portIn(line.slice(0, match.index));
    if (port !== null) return port;
  }
  return null;
}

function portIn(text: string): number | null {
  for (const pattern of PORTS) {
    const port = Number([...text.matchAll(pattern)].at(-1)?.[1] ?? 0);
    if (port > 0 && port <= LARGEST_PORT) return port;
  }
  return null;
}
