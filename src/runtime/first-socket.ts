/**
 * The moment at which the program makes its first server or datagram socket, before it can listen. Without it every program
 * would load `node:net` and `node:dgram` for us, a half of what Node itself does to start, though it may never listen.
 */
import type { EventEmitter } from 'node:events';

type Init = (this: object, options: unknown) => void;

/** Called by Node for every emitter that is made; its own `node:domain` takes its place, too. */
interface Emitters {
  new (): EventEmitter;
  init?: Init;
}

/** Before us the program has loaded it, or Node does not tell: it may have made servers already. */
const mayHaveSockets = (): boolean => {
  const { moduleLoadList } = process as unknown as { readonly moduleLoadList?: readonly string[] };
  return moduleLoadList?.some((one) => one === 'NativeModule net' || one === 'NativeModule dgram') ?? true;
};

/** Calls back once: at once where the moment cannot be told. */
export function atFirstSocket(prepare: () => void): void {
  if (mayHaveSockets()) {
    prepare();
    return;
  }
  const emitters = (require('node:events') as typeof import('node:events')).EventEmitter as unknown as Emitters;
  const { init } = emitters;
  let isAwaited = true;
  let isCalled = false;
  const watch: Init = function (options) {
    isCalled = true;
    // `in`, for a getter of the program's own must not run while its object is half made.
    if (isAwaited && ('listen' in this || 'addMembership' in this)) {
      isAwaited = false;
      if (emitters.init === watch) emitters.init = init as Init;
      try {
        prepare();
      } catch {
        // It listens as without us.
      }
    }
    (init as Init).call(this, options);
  };
  if (typeof init === 'function') {
    emitters.init = watch;
    new emitters();
    if (isCalled) return;
    emitters.init = init;
  }
  prepare();
}
