/** A program is the same under Upkeep as from the shell, on the majors that the common tests do not run on. */
import { describe } from 'vitest';
import { describeFaithfulness } from '../helpers/faithful.ts';
import { MAJORS, RUNNING } from '../helpers/majors.ts';

for (const { major, path } of MAJORS.filter((one) => one.major !== RUNNING)) {
  describe(`Node ${major}`, () => describeFaithfulness(path));
}
