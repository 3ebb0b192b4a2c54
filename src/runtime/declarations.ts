/**
 * What the app has said once and for all: which actions it offers, how it is set up. Its libraries say it a single time, so
 * without this a daemon that takes over would not know of it.
 */

/** Types of PM2's language that declare something, beside what sets two declarations of a type apart. */
const DECLARING: Readonly<Record<string, (data: { readonly action_name?: unknown }) => string>> = {
  'axm:action': (data) => String(data.action_name),
  'axm:option:configuration': () => '',
};
/** More are not said again. */
const MOST = 200;

interface Message {
  readonly type: string;
  readonly data: Record<string, unknown>;
}

export class Declarations {
  readonly #kept = new Map<string, Message>();
  #isFirst = true;

  note(type: unknown, message: unknown): void {
    const keyOf = typeof type === 'string' && Object.hasOwn(DECLARING, type) ? DECLARING[type] : undefined;
    const { data } = (message ?? {}) as Partial<Message>;
    if (keyOf === undefined || typeof data !== 'object' || data === null) return;
    const key = `${type} ${keyOf(data)}`;
    const before = this.#kept.get(key);
    if (before === undefined && this.#kept.size >= MOST) return;
    this.#kept.set(key, { type: type as string, data: { ...before?.data, ...data } });
  }

  /** For a line that is opened anew; for the first one all is on its way already. */
  again(): readonly Message[] {
    const isFirst = this.#isFirst;
    this.#isFirst = false;
    return isFirst ? [] : [...this.#kept.values()];
  }
}
