/**
 * The door to alerts: loads them when a home has some, and not before. Without it every daemon would carry rules, chat shapes
 * and mail in its memory, though most homes never use them.
 */
import { existsSync, rmSync } from 'node:fs';
import type { AlertConfig } from '../../core/alerts/config.ts';
import { UpkeepError } from '../../core/errors.ts';
import type { AlertsStatus, AlertTest, AlertView } from '../../protocol/observation.ts';
import type { Daemon } from '../daemon.ts';
import type { AlertService } from './service.ts';

const OFF: AlertsStatus = { config: null, destinations: [], mutes: [] };

export class Alerting {
  readonly #daemon: Daemon;
  #service: AlertService | null = null;
  /** One after the other: `use` twice at once must not leave two services. */
  #turn: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(daemon: Daemon) {
    this.#daemon = daemon;
  }

  /** Goes on with what an earlier daemon was told; events that come before it is loaded are not lost. */
  start(): void {
    if (!existsSync(this.#daemon.paths.alerts)) return;
    this.#inTurn(async () => {
      const { readConfig } = await import('./files.ts');
      const outcome = readConfig(this.#daemon.paths.alerts);
      if (outcome.kind === 'absent') return;
      if (outcome.kind === 'unreadable' || outcome.note !== null) this.#complain(outcome.note ?? '');
      if (outcome.kind === 'read') await this.#begin(outcome.value);
    }).catch((error: Error) => this.#complain(error.message));
  }

  list(): Promise<readonly AlertView[]> {
    return this.#inTurn(async () => {
      if (this.#service !== null) return this.#service.list();
      if (!existsSync(this.#daemon.paths.alertState)) return [];
      const [{ readState }, { listAlerts }] = await Promise.all([
        import('./files.ts'),
        import('../../core/alerts/machine.ts'),
      ]);
      return listAlerts(readState(this.#daemon.paths.alertState).state.alerts);
    });
  }

  status(): Promise<AlertsStatus> {
    return this.#inTurn(async () => this.#service?.status() ?? OFF);
  }

  use(given: unknown): Promise<Record<string, never>> {
    return this.#inTurn(async () => {
      if (given === null) {
        await this.#turnOff();
        return {};
      }
      const [{ writeConfig }, { configProblem }] = await Promise.all([
        import('./files.ts'),
        import('../../core/alerts/shape.ts'),
      ]);
      const wrong = configProblem(given);
      if (wrong !== null)
        throw new UpkeepError({ code: 'BAD_REQUEST', message: `config must be alerts in their normal form: ${wrong}` });
      const config = given as AlertConfig;
      this.#write(() => writeConfig(this.#daemon.paths.alerts, config));
      if (this.#service === null) await this.#begin(config);
      else this.#service.use(config);
      const told = `${config.rules.length} rules, ${config.destinations.length} destinations`;
      this.#daemon.tell(null, null, null, 'alerts-changed', told);
      return {};
    });
  }

  test(destination: string | null): Promise<readonly AlertTest[]> {
    // Out of turn: a destination may take its time.
    return this.#inTurn(async () => this.#on()).then((service) => service.test(destination));
  }

  mute(apps: readonly string[], durationMs: number): Promise<Record<string, never>> {
    return this.#inTurn(async () => {
      this.#on().mute(apps, durationMs);
      const until = new Date(this.#daemon.clock.now() + durationMs).toISOString();
      const told = durationMs === 0 ? 'not muted any more' : `muted until ${until}`;
      this.#daemon.tell(null, null, null, 'alerts-changed', `${apps.join(', ')}: ${told}`);
      return {};
    });
  }

  #on(): AlertService {
    if (this.#service !== null) return this.#service;
    const hint = '`upkeep alerts use FILE` turns them on';
    throw new UpkeepError({ code: 'NOT_FOUND', message: 'alerts are off', hint });
  }

  close(): void {
    this.#isClosed = true;
    this.#service?.close();
    this.#service = null;
  }

  async #begin(config: AlertConfig): Promise<void> {
    const { AlertService } = await import('./service.ts');
    if (!this.#isClosed) this.#service = new AlertService(this.#daemon, config);
  }

  async #turnOff(): Promise<void> {
    const { alerts } = this.#daemon.paths;
    const wasOn = this.#service !== null;
    this.#write(() => {
      for (const file of [alerts, `${alerts}.bak`]) rmSync(file, { force: true });
    });
    this.#service?.turnOff();
    this.#service = null;
    if (wasOn) this.#daemon.tell(null, null, null, 'alerts-changed', 'off');
  }

  #write(act: () => void): void {
    try {
      act();
    } catch (error) {
      throw new UpkeepError({
        code: 'IO_FAILED',
        message: `cannot write ${this.#daemon.paths.alerts}: ${(error as Error).message}`,
        hint: 'free space or check the permissions, then try again; nothing was changed',
      });
    }
  }

  #complain(text: string): void {
    const note = `alerts are not as they were configured: ${text}`;
    this.#daemon.notes.push(note);
    this.#daemon.note(note);
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(act);
    this.#turn = mine.catch(() => {});
    return mine;
  }
}
