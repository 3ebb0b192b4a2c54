/** Stack traces in what programs print. */
import { describe, expect, it } from 'vitest';
import { findTrace, framesOf } from '../../../src/core/stack-trace.ts';

const lines = (text: string): string[] => text.split('\n');

describe('what a program died of, from its last lines', () => {
  it('Node: the error with its first line, innermost frame first', () => {
    const found = findTrace(
      lines(`listening on 3000
/srv/app.js:2
  throw new TypeError('no luck');
  ^

TypeError: no luck
and a second line of it
    at run (/srv/app.js:2:9)
    at Object.<anonymous> (/srv/app.js:5:1)

Node.js v20.20.2`),
    );
    expect(found).toEqual({
      headline: 'TypeError: no luck',
      frames: ['run (/srv/app.js:2:9)', 'Object.<anonymous> (/srv/app.js:5:1)'],
    });
  });

  it('Node: of an error with a cause the outer one counts', () => {
    const found = findTrace(
      lines(`Error [ERR_OUTER]: outer
    at one (/a.js:1:1)
    at two (/a.js:2:2) {
  code: 'E',
  [cause]: Error: inner
      at three (/b.js:3:3) {
    [cause]: Error: innermost
        at four (/c.js:4:4)
  }
}`),
    );
    expect(found?.headline).toBe('Error [ERR_OUTER]: outer');
    expect(found?.frames).toEqual(['one (/a.js:1:1)', 'two (/a.js:2:2)']);
  });

  it('the last of several traces counts', () => {
    const found = findTrace(lines('Error: first\n    at a (/a.js:1:1)\nwent on\nError: second\n    at b (/b.js:1:1)'));
    expect(found).toEqual({ headline: 'Error: second', frames: ['b (/b.js:1:1)'] });
  });

  it('Python: the innermost frame stands last there, and first here', () => {
    const found = findTrace(
      lines(`Traceback (most recent call last):
  File "/srv/a.py", line 6, in <module>
    outer()
  File "/srv/a.py", line 3, in outer
    raise ValueError("no such thing")
    ^^^^^
ValueError: no such thing`),
    );
    expect(found).toEqual({
      headline: 'ValueError: no such thing',
      frames: ['outer (/srv/a.py:3)', '<module> (/srv/a.py:6)'],
    });
  });

  it('the JVM', () => {
    const found = findTrace(lines('Exception in thread "main" java.io.IOException: gone\n\tat x.Y.z(Y.java:3)'));
    expect(found?.frames).toEqual(['x.Y.z(Y.java:3)']);
    expect(found?.headline).toContain('java.io.IOException: gone');
  });

  it('none in ordinary lines', () => {
    expect(findTrace(lines('we meet at noon\nlistening at 3000'))).toBeNull();
    expect(findTrace([])).toBeNull();
  });
});

it('frames of `error.stack`', () => {
  expect(framesOf('Error: a\nb at c\n    at one (/a.js:1:1)\n    at async two (/b.js:2:2)')).toEqual([
    'one (/a.js:1:1)',
    'async two (/b.js:2:2)',
  ]);
  expect(framesOf('')).toEqual([]);
});
