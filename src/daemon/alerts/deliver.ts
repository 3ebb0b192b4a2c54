/**
 * Brings one message to one destination, in the shape that it takes. Each way is loaded when it is first used; without that a
 * daemon that only posts would carry the others too.
 */
import { type Destination, describeTarget } from '../../core/alerts/config.ts';
import { genericMessage, type Source } from '../../core/alerts/message.ts';
import type { Message } from '../../core/alerts/outbox.ts';
import { type Sent, unsent } from './sent.ts';

/** A variable of a program may not be longer (MAX_ARG_STRLEN is 128 KiB, with its name). */
const LONGEST_VARIABLE = 100_000;
/** What a program is given of the daemon's environment. */
const PASSED_ON = ['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR'];

export interface Sender {
  readonly source: Source;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

export async function deliver(destination: Destination, message: Message, sender: Sender): Promise<Sent> {
  try {
    return await bring(destination, message, sender);
  } catch (error) {
    // A destination that cannot be tried is one that does not take it.
    return unsent(`${describeTarget(destination.target)}: ${(error as Error).message}`);
  }
}

async function bring(destination: Destination, message: Message, { source, env, signal }: Sender): Promise<Sent> {
  const { name, target, timeoutMs } = destination;
  switch (target.type) {
    case 'webhook': {
      const { post } = await import('./http-post.ts');
      const body = JSON.stringify(genericMessage(message, name, source));
      const own = { 'user-agent': `upkeep/${source.version}`, 'upkeep-message': String(message.number) };
      const signed = target.secret === null ? {} : { 'upkeep-signature': await signature(target.secret, body) };
      return post({ url: target.url, headers: { ...own, ...target.headers, ...signed }, body, timeoutMs }, signal);
    }
    case 'slack':
    case 'discord': {
      const [{ post }, chat] = await Promise.all([import('./http-post.ts'), import('../../core/alerts/chat.ts')]);
      const shape = target.type === 'slack' ? chat.slackMessage : chat.discordMessage;
      return post({ url: target.url, headers: {}, body: JSON.stringify(shape(message, source)), timeoutMs }, signal);
    }
    case 'command': {
      const { runProgram } = await import('./run-program.ts');
      const input = `${JSON.stringify(genericMessage(message, name, source))}\n`;
      const variables = { ...passedOn(env), UPKEEP_HOME: source.home, ...variablesOf(message, name, source, input) };
      return runProgram({ command: target.command, env: variables, cwd: source.home, input, timeoutMs }, signal);
    }
    case 'mail': {
      const [{ runProgram }, { mailText }] = await Promise.all([
        import('./run-program.ts'),
        import('../../core/alerts/mail.ts'),
      ]);
      const head = {
        to: target.to,
        from: target.from ?? `upkeep@${source.host}`,
        messageId: `upkeep.${name}.${message.number}.${message.at}@${source.host}`,
      };
      const input = mailText(message, source, head, (text) => Buffer.from(text).toString('base64'));
      const command = [target.sendmail, '-t', '-oi'];
      return runProgram({ command, env: passedOn(env), cwd: source.home, input, timeoutMs }, signal);
    }
  }
}

/** `t=<seconds>,v1=<hex>`: HMAC-SHA256 over `<seconds>.<body>`, so that an old message cannot be sent again by somebody else. */
async function signature(secret: string, body: string): Promise<string> {
  const { createHmac } = await import('node:crypto');
  const seconds = Math.floor(Date.now() / 1000);
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`;
}

const passedOn = (env: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(PASSED_ON.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));

/** The first alert in single variables, and all of them as JSON: for scripts of one line. */
function variablesOf(message: Message, destination: string, source: Source, json: string): Record<string, string> {
  const generic = genericMessage(message, destination, source);
  const first = generic.alerts[0];
  return {
    UPKEEP_ALERT_SUMMARY: generic.summary.slice(0, LONGEST_VARIABLE),
    UPKEEP_ALERT_COUNT: String(generic.alerts.length),
    UPKEEP_ALERT_STATE: first?.state ?? '',
    UPKEEP_ALERT_NUMBER: String(first?.number ?? ''),
    UPKEEP_ALERT_RULE: first?.rule ?? '',
    UPKEEP_ALERT_SEVERITY: first?.severity ?? '',
    UPKEEP_ALERT_APP: first?.app ?? '',
    UPKEEP_ALERT_ID: String(first?.id ?? ''),
    UPKEEP_ALERT_REASON: (first?.reason ?? '').slice(0, LONGEST_VARIABLE).replaceAll('\0', ' '),
    // A text that was cut would be no JSON: then it stands on stdin only.
    ...(Buffer.byteLength(json) <= LONGEST_VARIABLE ? { UPKEEP_ALERT_JSON: json.trimEnd() } : {}),
  };
}
