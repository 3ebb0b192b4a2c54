/**
 * Which variables hold secrets, and how they are shown. Without it a shared screen or a pasted listing would give away
 * the keys of a production system.
 */

const SECRET_NAME =
  /(?:^|_)(?:PASS(?:WORD|WD|PHRASE)?|PWD|SECRETS?|TOKENS?|CREDENTIALS?|AUTH|COOKIE|DSN|SALT|(?:[A-Z0-9]+_)?KEYS?|APIKEY|PRIVATE)(?:_|$)|(?:PASSWORD|SECRET|TOKEN|APIKEY)/i;
/** Names that look like secrets and are none. */
const HARMLESS = /^(?:PWD|OLDPWD|SSH_AUTH_SOCK|XAUTHORITY|.*_KEYS?_(?:FILE|PATH)|.*_(?:FILE|PATH))$/;
/** `scheme://user:password@host`: the address may be shown, the password may not. */
const URL_PASSWORD = /^([a-z][a-z0-9+.-]*:\/\/[^/\s:@]*):[^/\s@]+@/i;

export const MASK = '********';

/** By its name: what it holds is not to be shown, nor kept where it is not needed. */
export const isSecretName = (name: string): boolean => SECRET_NAME.test(name) && !HARMLESS.test(name);

export function maskedValue(name: string, value: string): string {
  if (value === '') return value;
  if (isSecretName(name)) return MASK;
  return value.replace(URL_PASSWORD, `$1:${MASK}@`);
}
