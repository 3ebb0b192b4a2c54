// Ends by itself with the code in its first argument, 1 without one.
process.exit(Number(process.argv[2] ?? 1));
