// TypeScript without a build: Node 22.18 and newer strip the types by themselves, older ones take tsx.
import cluster from 'node:cluster';
import { createServer } from 'node:http';

interface Answer {
  readonly pid: number;
  readonly worker: number | null;
}

const answer = (): Answer => ({ pid: process.pid, worker: cluster.worker?.id ?? null });

createServer((_request, response) => response.end(JSON.stringify(answer()))).listen(Number(process.env.PORT ?? 3000));
