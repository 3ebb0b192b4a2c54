/**
 * Words of PM2 that belong to its vendor's services, or that it has buried itself: accepted, and told what they mean
 * here. Without them a script that says `pm2 link` on its way would stop there.
 */
import type { Command } from '../command.ts';
import { actOnWords } from '../targets.ts';

const SCRIPT = 'upkeep' as const;

/** Exit code 0: scripts that say these words go on. */
function without(effect: string, instead: string): Command {
  return {
    usage: '[ignored...]',
    flags: [
      { flags: '--info-node <url>', description: 'Ignored.' },
      { flags: '--ws', description: 'Ignored.' },
      { flags: '--axon', description: 'Ignored.' },
    ],
    notes: [effect, instead],
    run(session) {
      session.out.warn(`${effect}\n${instead}`);
      return Promise.resolve(0);
    },
  };
}

const SERVICE = 'Without effect: there is no monitoring service behind upkeep, and nothing leaves this machine.';
const INSTEAD = `Instead: \`${SCRIPT} monit\`, \`${SCRIPT} slist\`, \`${SCRIPT} events\`, and \`${SCRIPT} jlist\` for a monitor of your own.`;

/** `link`, `unlink`, `plus`, `register`, `login`, `logout`, `open`. */
export const service = without(SERVICE, INSTEAD);

export const otelInstall = without(
  'Without effect: upkeep installs no packages beside itself.',
  'To trace an app: add @opentelemetry/auto-instrumentations-node to it, and start it with --node-args="--require @opentelemetry/auto-instrumentations-node/register".',
);

export const otelUninstall = without(
  'Without effect: upkeep never installed OpenTelemetry packages.',
  'What an app has in its own package.json is removed there.',
);

/** Fails as it does in PM2 7, which dropped what it was to install. */
export const autoinstall: Command = {
  usage: '[ignored...]',
  run(session) {
    session.out.failure({
      message: 'there is nothing to install: upkeep comes whole',
      hint: 'To start at boot: `upkeep startup`',
    });
    return Promise.resolve(1);
  },
};

/** Replacing oneself is the package manager's work; guessing which one it was would break more than it mends. */
export const deepUpdate: Command = {
  usage: '[ignored...]',
  run(session) {
    session.out.failure({
      message: 'upkeep does not replace its own installation',
      hint: 'npm install -g upkeep@latest && upkeep update\n(the second replaces the daemon; the apps go on)',
    });
    return Promise.resolve(1);
  },
};

const marking = (on: boolean): Command => ({
  usage: '[targets...]',
  notes: ['A mark that tools find in `jlist` as _km_monitored; it changes nothing else.'],
  run: (session, words, flags) =>
    actOnWords(
      session,
      words.length === 0 ? ['all'] : words,
      flags,
      on ? 'is marked as monitored' : 'is not marked any more',
      (client, targets) => client.monitor([...targets], on),
    ),
});

export const monitor = marking(true);
export const unmonitor = marking(false);
