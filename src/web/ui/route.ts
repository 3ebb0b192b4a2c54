/**
 * Where the page is, as the part of the address behind `#`. Without it a reload of the browser would begin at the list again, and
 * nobody could send a colleague to a crash.
 */
import { useSyncExternalStore } from './store.ts';

export interface Route {
  /** `[]`: the list. `['app', 'k1', 'why']` */
  readonly path: readonly string[];
  readonly query: Readonly<Record<string, string>>;
}

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

export function parseRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  return {
    path: path.split('/').filter(Boolean).map(decode),
    query: Object.fromEntries(new URLSearchParams(query)),
  };
}

export function linkTo(path: readonly string[], query: Readonly<Record<string, string | undefined>> = {}): string {
  const words = Object.entries(query).filter(
    (pair): pair is [string, string] => pair[1] !== undefined && pair[1] !== '',
  );
  const search = words.length === 0 ? '' : `?${new URLSearchParams(words)}`;
  return `#/${path.map(encodeURIComponent).join('/')}${search}`;
}

export const go = (path: readonly string[], query?: Readonly<Record<string, string | undefined>>): void => {
  location.hash = linkTo(path, query);
};

/** The same place with other words of the query; the browser's way back does not see it. */
export function refine(route: Route, query: Readonly<Record<string, string | undefined>>): void {
  history.replaceState(null, '', linkTo(route.path, { ...route.query, ...query }));
  window.dispatchEvent(new HashChangeEvent('hashchange'));
}

let last: { readonly hash: string; readonly route: Route } | null = null;

function current(): Route {
  if (last?.hash !== location.hash) last = { hash: location.hash, route: parseRoute(location.hash) };
  return last.route;
}

export const useRoute = (): Route =>
  useSyncExternalStore((changed) => {
    window.addEventListener('hashchange', changed);
    return () => window.removeEventListener('hashchange', changed);
  }, current);
