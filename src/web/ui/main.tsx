/** Begins the page. */
import { render } from 'preact';
import { App } from './app.tsx';
import { begin } from './live.ts';
import { beginKeys } from './parts/keys.ts';
import { beginTheme } from './parts/theme.ts';

const place = document.getElementById('page');
if (place !== null) {
  beginTheme();
  beginKeys();
  begin();
  render(<App />, place);
}
