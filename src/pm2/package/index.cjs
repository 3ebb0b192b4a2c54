// The package `pm2` as Upkeep answers it: see docs/how-to/replace-pm2.md.
module.exports = require('../pm2.cjs');
