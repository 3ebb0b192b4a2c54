/**
 * The terminal while the screen has it: entered, drawn on, given back, whatever ends this process. Without it a crash of ours would
 * leave a shell without a cursor, and a slow line would be sent what stands there already.
 */

/** The other screen, no cursor, no wrapping of lines that are a place too long. */
const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l';
const LEAVE = '\u001b[?7h\u001b[?25h\u001b[?1049l';
/** A terminal that knows it shows what comes between the two at once. */
const BEGIN = '\u001b[?2026h';
const FINISH = '\u001b[?2026l';
const CLEAR = '\u001b[2J';
const CLEAR_LINE_END = '\u001b[K';
const RESET = '\u001b[0m';
const lineAt = (index: number): string => `\u001b[${index + 1};1H`;

export class Terminal {
  readonly #write: (text: string) => void;
  /** null: what stands there is not known. */
  #shown: readonly string[] | null = null;
  #isEntered = false;

  /** @param write gives all of it to the terminal before it returns */
  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  get isEntered(): boolean {
    return this.#isEntered;
  }

  enter(): void {
    if (this.#isEntered) return;
    this.#isEntered = true;
    this.#shown = null;
    this.#write(ENTER);
  }

  leave(): void {
    if (!this.#isEntered) return;
    this.#isEntered = false;
    try {
      this.#write(RESET + LEAVE);
    } catch {
      // The terminal has gone: nothing is left to give back.
    }
  }

  /** Everything is written with the next picture. */
  forget(): void {
    this.#shown = null;
  }

  /** Writes the lines that are not there yet. */
  draw(lines: readonly string[], rows: number): void {
    if (!this.#isEntered) return;
    const before = this.#shown;
    const shown = Array.from({ length: rows }, (_, index) => lines[index] ?? '');
    this.#shown = shown;
    const changed = shown.flatMap((line, index) =>
      before !== null && before[index] === line ? [] : [lineAt(index) + line + RESET + CLEAR_LINE_END],
    );
    if (changed.length > 0) this.#write(BEGIN + (before === null ? CLEAR : '') + changed.join('') + FINISH);
  }
}
