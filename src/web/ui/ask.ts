/**
 * Asks the server. Without one place for it a token that is not valid any more would look like an empty list here and like a
 * network failure there.
 */
import { useEffect, useState } from 'preact/hooks';
import type { Refusal } from '../api.ts';
import { Store } from './store.ts';

/** The server does not know this browser: nothing can be shown until it was opened with a new address. */
export const isRefused = new Store(false);

export class AskError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

async function answerOf<T>(asked: Promise<Response>): Promise<T> {
  let response: Response;
  try {
    response = await asked;
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new AskError(0, "Upkeep's web server does not answer. Is it stopped? `upkeep web` starts it again.");
  }
  if (response.status === 401) isRefused.set(true);
  if (response.ok) return (await response.json()) as T;
  const refusal = (await response.json().catch(() => null)) as Partial<Refusal> | null;
  throw new AskError(response.status, refusal?.error ?? `The server answered ${response.status}.`);
}

export const ask = <T>(path: string, signal?: AbortSignal): Promise<T> =>
  answerOf<T>(fetch(path, { headers: { accept: 'application/json' }, ...(signal === undefined ? {} : { signal }) }));

export const order = <T>(path: string, body: unknown): Promise<T> =>
  answerOf<T>(
    fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(body),
    }),
  );

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export interface Answer<T> {
  /** The last that came, also while the next is awaited. */
  readonly value: T | null;
  readonly error: string | null;
  /** Of the error. */
  readonly status: number | null;
  readonly isLoading: boolean;
  readonly again: () => void;
}

/**
 * The answer to a question, asked anew when the path or `turn` changes, and every so often.
 * @param path null: nothing is asked.
 * @param everyMs 0: once. It is not asked while nobody looks at the page.
 */
export function useAnswer<T>(path: string | null, everyMs = 0, turn: unknown = null): Answer<T> {
  const [state, setState] = useState<{ path: string | null; value: T | null; error: AskError | null }>({
    path: null,
    value: null,
    error: null,
  });
  const [round, setRound] = useState(0);
  useEffect(() => {
    if (path === null) return;
    const abort = new AbortController();
    let isAsking = false;
    const look = async (): Promise<void> => {
      if (isAsking || document.hidden) return;
      isAsking = true;
      try {
        const value = await ask<T>(path, abort.signal);
        if (!abort.signal.aborted) setState({ path, value, error: null });
      } catch (error) {
        if (abort.signal.aborted) return;
        const told = error instanceof AskError ? error : new AskError(0, messageOf(error));
        setState((before) => ({ path, value: before.path === path ? before.value : null, error: told }));
      } finally {
        isAsking = false;
      }
    };
    void look();
    const timer = everyMs > 0 ? setInterval(look, everyMs) : null;
    document.addEventListener('visibilitychange', look);
    return () => {
      abort.abort();
      if (timer !== null) clearInterval(timer);
      document.removeEventListener('visibilitychange', look);
    };
  }, [path, everyMs, round, turn]);
  const isOfPath = state.path === path;
  return {
    value: isOfPath ? state.value : null,
    error: isOfPath ? (state.error?.message ?? null) : null,
    status: isOfPath ? (state.error?.status ?? null) : null,
    isLoading: path !== null && (!isOfPath || (state.value === null && state.error === null)),
    again: () => setRound((before) => before + 1),
  };
}
