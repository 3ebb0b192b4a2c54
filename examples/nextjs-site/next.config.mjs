/** @type {import('next').NextConfig} */
export default {
  // Builds .next/standalone beside what `next start` uses. `next start` warns of it and works all the same.
  output: 'standalone',
  // The folder of this example is the root, though there are lock files above it.
  outputFileTracingRoot: import.meta.dirname,
};
