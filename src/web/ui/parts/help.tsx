/** What the keys do on the page that is shown. */

import { Dialog } from './dialog.tsx';
import { allKeys } from './keys.ts';

const NAMES: Readonly<Record<string, string>> = { ' ': 'Space', ArrowDown: '↓', ArrowUp: '↑', Escape: 'Esc' };

export function Help({ onClose }: { readonly onClose: () => void }) {
  return (
    <Dialog title="Keys" onClose={onClose}>
      <dl class="keys">
        {allKeys().map(({ keys, what }) => (
          <div key={keys}>
            <dt>
              {keys.split(' ').filter(Boolean).length === 0 ? (
                <kbd>Space</kbd>
              ) : (
                keys.split(' ').map((key) => <kbd key={key}>{NAMES[key] ?? key}</kbd>)
              )}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
