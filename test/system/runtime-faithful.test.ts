/** A program is the same under Upkeep as from the shell: what it sees of itself, how it ends, and what it prints then. */
import { describeFaithfulness } from '../helpers/faithful.ts';

describeFaithfulness(process.execPath);
