/** Another user of the machine: a Node program run with that user's rights alone, and what it got done. */
import { execFile } from 'node:child_process';

export const STRANGER = 65534;

/**
 * Runs the body of an async function as another user; what it returns comes back.
 * @param body sees `given`, and `tried(act)`: 'done', or the code of the error
 */
export function asStranger<T>(body: string, given: unknown, uid = STRANGER): Promise<T> {
  const program = `
    process.setgroups([]); process.setgid(${uid}); process.setuid(${uid});
    const tried = async (act) => { try { await act(); return 'done'; } catch (error) { return error.code ?? error.message; } };
    (async (given) => { ${body} })(JSON.parse(process.env.GIVEN)).then((value) => process.stdout.write(JSON.stringify(value)));`;
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      ['-e', program],
      { cwd: '/', env: { PATH: process.env.PATH, GIVEN: JSON.stringify(given) }, maxBuffer: 16 * 1024 * 1024 },
      (error, stdout, stderr) => {
        if (error === null) resolve(JSON.parse(stdout) as T);
        else reject(new Error(stderr));
      },
    );
  });
}
