/**
 * Foreign text as people may see it. Without the escaping here an app's name could move the cursor or change the colours of
 * whoever lists it, and a line end in it could forge a line of the daemon's log.
 */

/** Control characters, line and paragraph separators, and what turns the direction of writing. */
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** The same but for line ends and tabs. */
const HAS_UNSAFE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

const escapeOne = (char: string): string => {
  const code = char.charCodeAt(0);
  if (char === '\n') return '\\n';
  if (char === '\r') return '\\r';
  if (char === '\t') return '\\t';
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
};

/** Text that stands where we put it and does nothing else. */
export const plain = (text: string): string => text.replace(UNSAFE, escapeOne);

/** The same for a line of output: colours stay where colours are shown, tabs stay. */
export function plainLine(text: string, keepColor: boolean): string {
  const parts = text.split(/(\u001b\[[0-9;:]*m)/);
  const shown = parts.map((part, index) => {
    if (index % 2 === 1) return keepColor ? part : '';
    return part.replace(UNSAFE, (char) => (char === '\t' ? char : escapeOne(char)));
  });
  return shown.join('') + (keepColor && parts.length > 1 ? '\u001b[0m' : '');
}

const COLORS = /\u001b\[[0-9;:]*m/g;

/** The same for words of several lines. Most texts hold nothing unsafe but our own colours, and stay as they are. */
export function plainLines(text: string, keepColor: boolean): string {
  if (!HAS_UNSAFE.test(keepColor ? text.replace(COLORS, '') : text)) return text;
  return text
    .split('\n')
    .map((line) => plainLine(line, keepColor))
    .join('\n');
}
