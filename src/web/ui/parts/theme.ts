/** Dark or light: as the system has it, or as the reader chose. Kept in the browser. */
import { Store } from '../store.ts';

export type Theme = 'system' | 'light' | 'dark';

const KEY = 'upkeep-theme';
const NEXT: Readonly<Record<Theme, Theme>> = { system: 'light', light: 'dark', dark: 'system' };

const isTheme = (text: string | null): text is Theme => text === 'light' || text === 'dark' || text === 'system';

function stored(): Theme {
  try {
    const text = localStorage.getItem(KEY);
    return isTheme(text) ? text : 'system';
  } catch {
    return 'system';
  }
}

export const theme = new Store<Theme>('system');
/** Grows with each change of colours, also of the system's: canvases must be drawn anew. */
export const palette = new Store(0);

const system = (): MediaQueryList => matchMedia('(prefers-color-scheme: dark)');

function apply(chosen: Theme): void {
  theme.set(chosen);
  document.documentElement.dataset.theme = chosen !== 'system' ? chosen : system().matches ? 'dark' : 'light';
  palette.set(palette.value + 1);
}

export function beginTheme(): void {
  apply(stored());
  system().addEventListener('change', () => apply(theme.value));
}

export function nextTheme(): void {
  const chosen = NEXT[theme.value];
  try {
    localStorage.setItem(KEY, chosen);
  } catch {
    // A browser without storage forgets it.
  }
  apply(chosen);
}

export const cssColor = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(name).trim();
