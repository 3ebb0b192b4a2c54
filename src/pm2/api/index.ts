/**
 * `require('upkeep/pm2')`: the API object for the home of the caller, and its class as `custom`. Without one such object
 * each file of a program would open a line of its own.
 */
import { Pm2 } from './api.ts';

// Libraries look at it to learn that they run beside PM2's API.
process.env.PM2_PROGRAMMATIC = 'true';

const pm2 = Object.assign(new Pm2(), { custom: Pm2 });

export default pm2;
