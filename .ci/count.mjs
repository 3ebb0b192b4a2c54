// Names what failed, last, where a reader looks first, and prints the line that the CI counts by.
import { readFileSync } from 'node:fs';

/** Of each message: what was expected and where, not the whole diff. */
const MESSAGE_LINES = 12;

const counts = { passed: 0, failed: 0 };
let isGood = true;
for (const path of process.argv.slice(2)) {
  const { numPassedTests, numFailedTests, numTotalTests, success, testResults } = JSON.parse(
    readFileSync(path, 'utf8'),
  );
  counts.passed += numPassedTests;
  counts.failed += numFailedTests;
  isGood &&= success && numFailedTests === 0 && numTotalTests > 0;
  for (const { name, message, assertionResults } of testResults) {
    const failed = assertionResults.filter(({ status }) => status === 'failed');
    if (failed.length === 0 && message) console.log(`\nFAILED ${name}\n${message}`);
    for (const { fullName, failureMessages } of failed) {
      const lines = failureMessages.join('\n').split('\n').slice(0, MESSAGE_LINES);
      console.log(`\nFAILED ${name} · ${fullName}\n${lines.join('\n')}`);
    }
  }
}
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exit(isGood ? 0 : 1);
