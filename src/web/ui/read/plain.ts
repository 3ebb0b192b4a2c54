/**
 * Foreign text on the page. Nothing of it is ever taken for HTML; here also go the characters that turn the direction of writing,
 * with which a name could look like another one.
 */

/** Control characters, line and paragraph separators, and what turns the direction of writing. */
const UNSAFE = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

export const plain = (text: string): string =>
  text.replace(UNSAFE, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
