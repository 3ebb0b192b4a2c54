import { describe, expect, it } from 'vitest';
import { found, spansOf, withoutColors } from '../../../src/web/ui/read/ansi.ts';

const ESC = '\u001b';
const text = (line: string): string =>
  spansOf(line)
    .map((span) => span.text)
    .join('');

describe('colours of log lines', () => {
  it('are classes for the sixteen and numbers for the rest', () => {
    const [red, green, custom] = spansOf(`${ESC}[31mred${ESC}[1;92mgreen${ESC}[0;38;2;1;2;3mcustom`);
    expect(red).toMatchObject({ text: 'red', classes: 'fg-red', color: null });
    expect(green?.classes).toContain('fg-bright-green');
    expect(green?.classes).toContain('ansi-bold');
    expect(custom).toMatchObject({ text: 'custom', color: 'rgb(1, 2, 3)' });
  });

  it('are all that is left of escape sequences', () => {
    const line = `${ESC}]0;title\u0007a${ESC}[2J${ESC}[10;10Hb${ESC}]8;;javascript:alert(1)${ESC}\\c${ESC}]8;;${ESC}\\${ESC}[31md`;
    expect(text(line)).toBe('abcd');
    expect(withoutColors(line)).toBe('abcd');
  });

  it('never give a colour that is not a number', () => {
    for (const span of spansOf(`${ESC}[38;5;999mx${ESC}[48;2;1;2mz${ESC}[38;2;300;1;1;url(http://x)my`)) {
      for (const color of [span.color, span.background])
        expect(color ?? 'rgb(0, 0, 0)').toMatch(/^rgb\(\d+, ?\d+, ?\d+\)$/);
      expect(span.classes).toMatch(/^[a-z -]*$/);
    }
  });

  it('leave what is not a sequence visible', () => {
    expect(text('<b>\u202ex\u0000')).toBe('<b>\\u202ex\\u0000');
  });
});

describe('a word that was searched', () => {
  it('is marked wherever it stands, in any case', () => {
    expect(found('Error in error', 'ERROR')).toEqual([
      { text: 'Error', isFound: true },
      { text: ' in ', isFound: false },
      { text: 'error', isFound: true },
    ]);
  });

  it('leaves the text whole where lower case has another length', () => {
    expect(
      found('İİ x', 'x')
        .map((part) => part.text)
        .join(''),
    ).toBe('İİ x');
  });
});
