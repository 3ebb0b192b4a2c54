/**
 * How paths and their answers are put together. Without one way to add them a path would forget to say which methods it
 * knows, or answer a failure in words of its own.
 */
import type { HttpBindings } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { refusalFor, refusalOf } from './refusal.ts';

export type Env = { Bindings: HttpBindings };
export type Asking = Context<Env>;
export type Answer = Response | Promise<Response>;

export class Routes {
  readonly app = new Hono<Env>();
  readonly #methods = new Map<string, string[]>();

  constructor() {
    this.app.onError((error, context) => refusalFor(context, error));
    this.app.notFound((context) => refusalOf(context, 404, `there is nothing at ${context.req.path}`));
  }

  get(path: string, answer: (asking: Asking) => Answer): void {
    this.#add('GET', path, answer);
  }

  post(path: string, answer: (asking: Asking) => Answer): void {
    this.#add('POST', path, answer);
  }

  /** After all others: what is known by its path and not by its method. */
  close(): void {
    for (const [path, methods] of this.#methods) {
      this.app.all(path, (context) => {
        context.header('Allow', methods.join(', '));
        return refusalOf(
          context,
          405,
          `${context.req.path} does not know ${context.req.method}, only ${methods.join(', ')}`,
        );
      });
    }
  }

  #add(method: string, path: string, answer: (asking: Asking) => Answer): void {
    this.#methods.set(path, [...(this.#methods.get(path) ?? []), method]);
    this.app.on(method, path, answer);
  }
}
