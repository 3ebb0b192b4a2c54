/** Regular expressions over what comes from outside: none of ours takes long on any text, and none of a user's holds up the daemon. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { filePatternProblem, readFilePattern } from '../../src/core/pattern-risk.ts';
import { compilePattern } from '../../src/core/targets.ts';
import { makeLinear } from '../../src/platform/linear-patterns.ts';
import { runs } from './runs.ts';

const SRC = join(import.meta.dirname, '../../src');
void ts;
