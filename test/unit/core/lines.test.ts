/** Lines from arbitrary chunks: the same lines however the bytes were cut. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  CUT_MARKER,
  characterBorder,
  countLineEnds,
  forEachLine,
  joinBytes,
  LineAssembler,
  lastLineEnd,
} from '../../../src/core/lines.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** Text with many line ends and with characters of one to four bytes. */
const anyText = fc.string({ unit: fc.constantFrom('a', '\n', '\r', 'é', '€', '😀', ' ') });

function cut(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const borders = [...new Set(cuts.map((at) => at % (bytes.length + 1)))].sort((a, b) => a - b);
  const chunks: Uint8Array[] = [];
  let start = 0;
  for (const border of [...borders, bytes.length]) {
    chunks.push(bytes.slice(start, border));
    start = border;
  }
  return chunks;
}

function assemble(chunks: readonly Uint8Array[], limit?: number): Uint8Array {
  const assembler = new LineAssembler(limit);
  const parts = chunks.map((chunk) => assembler.push(chunk));
  parts.push(assembler.finish());
  return joinBytes(parts.filter((part): part is Uint8Array => part !== null));
}

describe('LineAssembler', () => {
  test('gives the same lines for any cutting into chunks', () => {
    fc.assert(
      fc.property(anyText, fc.array(fc.nat()), (text, cuts) => {
        const whole = text === '' || text.endsWith('\n') ? text : `${text}\n`;
        expect(textOf(assemble(cut(bytesOf(text), cuts)))).toBe(whole);
      }),
    );
  });

  test('every piece it gives ends at a line border', () => {
    fc.assert(
      fc.property(anyText, fc.array(fc.nat()), (text, cuts) => {
        const assembler = new LineAssembler();
        for (const chunk of cut(bytesOf(text), cuts)) {
          const piece = assembler.push(chunk);
          if (piece !== null) expect(piece[piece.length - 1]).toBe(10);
        }
      }),
    );
  });

  test('keeps a copy, because the buffer of the reader is used again', () => {
    const assembler = new LineAssembler();
    const buffer = Buffer.from('first\nabc');
    const first = assembler.push(buffer);
    buffer.fill(120);
    expect(textOf(first ?? new Uint8Array())).toBe('first\n');
    expect(textOf(assembler.push(bytesOf('\n')) ?? new Uint8Array())).toBe('abc\n');
  });

  test('cuts a line that is too long, says so, and goes on with the next', () => {
    const long = 'x'.repeat(100);
    const result = textOf(assemble([...Array(10).fill(bytesOf(long.slice(0, 10))), bytesOf('tail\nnext\n')], 32));
    expect(result).toBe(`${'x'.repeat(32)}${CUT_MARKER}\nnext\n`);
  });

  test('holds no more than its limit, whatever comes', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 50 })), (chunks) => {
        const assembler = new LineAssembler(64);
        for (const chunk of chunks) {
          assembler.push(bytesOf(chunk));
          expect(assembler.heldBytes).toBeLessThanOrEqual(64);
        }
      }),
    );
  });

  test('a thousand one-byte writes are one line', () => {
    expect(textOf(assemble([...Array(1000).fill(bytesOf('y')), bytesOf('\n')]))).toBe(`${'y'.repeat(1000)}\n`);
  });
});

test('lastLineEnd and countLineEnds agree with split', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const bytes = bytesOf(text);
      expect(countLineEnds(bytes)).toBe(text.split('\n').length - 1);
      expect(textOf(bytes.subarray(0, lastLineEnd(bytes)))).toBe(text.slice(0, text.lastIndexOf('\n') + 1));
    }),
  );
});

test('forEachLine gives the lines of split, without an empty one at the end', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const bytes = bytesOf(text);
      const lines: string[] = [];
      forEachLine(bytes, (start, end) => lines.push(textOf(bytes.subarray(start, end))));
      const expected = text.split('\n');
      if (expected[expected.length - 1] === '') expected.pop();
      expect(lines).toEqual(expected);
    }),
  );
});

test('characterBorder never tears a character', () => {
  fc.assert(
    fc.property(anyText, fc.nat(), (text, wanted) => {
      const bytes = bytesOf(text);
      const border = characterBorder(bytes, wanted);
      expect(border).toBeLessThanOrEqual(Math.min(wanted, bytes.length));
      expect(textOf(bytes.subarray(0, border)) + textOf(bytes.subarray(border))).toBe(text);
    }),
  );
});
