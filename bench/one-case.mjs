// Runs one case in a process of its own and sends its rows to the one that started it, as they come. Without this a case that
// hangs would take the others with it.
import { contenders } from './contenders.mjs';

const [name, folder, who, settings] = process.argv.slice(2);
const { [name]: run } = await import(`./cases/${name}.mjs`);
const { managers, absent } = contenders(folder, JSON.parse(who));
const row = (row) =>
  process.send({ row: { ...row, ...Object.fromEntries(absent.map(({ name }) => [name, 'absent'])) } });
const point = (point) => process.send({ point });
process.send({ absent, versions: Object.fromEntries(managers.map((manager) => [manager.name, manager.version()])) });
try {
  await run({ managers, folder, row, point, ...JSON.parse(settings) });
} catch (error) {
  process.send({ failure: String(error?.message ?? error).split('\n')[0] });
  console.error(error);
} finally {
  for (const manager of managers) manager.end();
}
process.disconnect();
