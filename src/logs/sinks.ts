/**
 * The sinks in use, one for each path. Without the one table two channels with the same file would
 * open it twice and rotate it under each other.
 */
import { closeSync, constants } from 'node:fs';
import type { LogRules } from '../core/terms.ts';
import { openAtPlace } from '../platform/owned-place.ts';
import { removeRotated } from './index-folder.ts';
import { errorCode } from './log-file.ts';
import { rotatedOf } from './rotated-files.ts';
import { Sink, type SinkSurroundings } from './sink.ts';

export class Sinks {
  readonly #sinks = new Map<string, Sink>();
  readonly #around: SinkSurroundings;
  readonly #opened: (sink: Sink) => void;

  constructor(around: SinkSurroundings, opened: (sink: Sink) => void) {
    this.#around = around;
    this.#opened = opened;
  }

  all(): IterableIterator<Sink> {
    return this.#sinks.values();
  }

  /** The sink of an absolute path; the rules of the last one who asked hold. */
  obtain(path: string, rules: LogRules): Sink {
    let sink = this.#sinks.get(path);
    if (sink === undefined) {
      sink = new Sink(path, rules, this.#around);
      this.#sinks.set(path, sink);
      this.#opened(sink);
    }
    sink.rules = rules;
    return sink;
  }

  /** New rules for a path that is in use. */
  rule(path: string, rules: LogRules): void {
    const sink = this.#sinks.get(path);
    if (sink !== undefined) sink.rules = rules;
  }

  dropUnused(): void {
    for (const [path, sink] of this.#sinks) {
      // What waits for a full disk is still to be written; the next life may come first.
      if (!sink.isUnused || sink.isFailing) continue;
      sink.close();
      this.#sinks.delete(path);
    }
  }

  /** Empties files, whether they are in use or not. */
  flush(paths: readonly string[], withRotated: boolean, failed: (path: string, text: string) => void): void {
    for (const path of paths) {
      const sink = this.#sinks.get(path);
      if (withRotated)
        for (const file of rotatedOf(sink?.realPath ?? path)) removeRotated(file, this.#around.indexFolder);
      try {
        if (sink === undefined) closeSync(openAtPlace(path, constants.O_WRONLY | constants.O_TRUNC, 0));
        else sink.empty();
      } catch (error) {
        // A file that is not there is as empty as it can be.
        if (errorCode(error) !== 'ENOENT') failed(path, `${path} could not be emptied (${errorCode(error)})`);
      }
    }
  }

  reopen(): void {
    for (const sink of this.#sinks.values()) sink.reopen();
  }

  close(): void {
    for (const sink of this.#sinks.values()) sink.close();
    this.#sinks.clear();
  }
}
