// The cases of the scoreboard: who takes part, how much is measured, and after how long a case is given up. All of them
// together must end within 20 minutes.
const ALL = ['upkeep', 'pm2', 'supervisord'];
const NODE = ['upkeep', 'pm2'];

/** `settings`: of a full run; `quick`: what is less for a first look. */
export const CASES = {
  cli: {
    who: ALL,
    limitS: 180,
    settings: { counts: [0, 10, 100, 500], rounds: 11 },
    quick: { counts: [0, 10, 100], rounds: 5 },
  },
  daemon: {
    who: ALL,
    limitS: 180,
    settings: { counts: [0, 10, 100], idleMs: 30_000 },
    quick: { idleMs: 3_000 },
  },
  processes: {
    who: ALL,
    limitS: 240,
    settings: { counts: [1, 50, 300], rounds: 3 },
    quick: { counts: [1, 50], rounds: 1 },
  },
  crash: { who: ALL, limitS: 150, settings: { rounds: 11 }, quick: { rounds: 3 } },
  reload: { who: ALL, limitS: 150, settings: { rounds: 5 }, quick: { rounds: 1 } },
  death: { who: ALL, limitS: 150, settings: { rounds: 9 }, quick: { rounds: 2 } },
  resurrect: { who: ALL, limitS: 120, settings: { count: 100, rounds: 3 }, quick: { count: 20, rounds: 1 } },
  logs: { who: ALL, limitS: 240, settings: { megabytes: 200, rounds: 3 }, quick: { megabytes: 50, rounds: 1 } },
  rotation: { who: ALL, limitS: 180, settings: { seconds: 15 }, quick: { seconds: 5 } },
  growth: {
    who: ALL,
    limitS: 420,
    settings: { counts: [10, 30, 100, 300, 1000], nodeCounts: [10, 100], idleMs: 6_000, rounds: 5 },
    quick: { counts: [10, 30, 100], nodeCounts: [10], idleMs: 2_000, rounds: 3 },
  },
  cluster: { who: NODE, limitS: 120, settings: { seconds: 4 }, quick: { seconds: 1 } },
  spread: { who: NODE, limitS: 120, settings: { rounds: 4 }, quick: { rounds: 2 } },
  runtime: { who: ['upkeep'], limitS: 180, settings: { rounds: 35, seconds: 3 }, quick: { rounds: 9, seconds: 1 } },
  watching: { who: ['upkeep'], limitS: 180, settings: { spanMs: 8_000 }, quick: { spanMs: 3_000 } },
  scrape: { who: ['upkeep'], limitS: 180, settings: { rounds: 9, count: 500 }, quick: { rounds: 3, count: 50 } },
  search: {
    who: ['upkeep'],
    limitS: 240,
    settings: { megabytes: 600, rounds: 2 },
    quick: { megabytes: 100, rounds: 1 },
  },
};
