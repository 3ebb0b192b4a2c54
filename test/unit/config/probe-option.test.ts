import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { updateSpec } from '../../../src/config/normalise.ts';
import { readProbe } from '../../../src/config/probe-option.ts';
import { fakeContext } from './fake-context.ts';
import { failureOf, specOf, specsOf } from './start.ts';

const context = fakeContext({ files: { '/work/app.js': {} } });

const checkOf = (raw: unknown): unknown => {
  const probe = readProbe(raw);
  return probe.ok ? probe.value.rules.check : probe.wrong;
};
const http = { kind: 'http', secure: false, host: null, port: null, path: '/', status: null };

describe('what is looked at', () => {
  it.each([
    ['/health?x=1', { ...http, path: '/health?x=1' }],
    ['http://127.0.0.1:3000/health', { ...http, host: '127.0.0.1', port: 3000, path: '/health' }],
    ['https://[::1]:8443', { ...http, secure: true, host: '::1', port: 8443 }],
    [{ http: 'http://api' }, { ...http, host: 'api', port: 80 }],
    [{ http: { path: '/up', port: 81, status: 204 } }, { ...http, path: '/up', port: 81, status: [204] }],
    [{ tcp: 3000 }, { kind: 'tcp', host: null, port: 3000 }],
    [{ tcp: 'db:5432' }, { kind: 'tcp', host: 'db', port: 5432 }],
    [{ tcp: '[::1]:80' }, { kind: 'tcp', host: '::1', port: 80 }],
    [{ exec: 'test -f ready' }, { kind: 'exec', command: ['/bin/sh', '-c', 'test -f ready'] }],
    [{ exec: ['node', 'check.js'] }, { kind: 'exec', command: ['node', 'check.js'] }],
  ])('%j', (raw, check) => {
    expect(checkOf(raw)).toEqual(check);
  });

  it.each([
    [{}, 'neither'],
    [{ http: '/', tcp: 80 }, 'both http and tcp'],
    [{ htpp: '/' }, "did you mean 'http'?"],
    [{ http: '/', failureTreshold: 3 }, "did you mean 'failure_threshold'?"],
    [{ http: { pth: '/' } }, "did you mean 'path'?"],
    [{ http: 'health' }, 'cannot be used'],
    [{ http: { path: 'health' } }, 'path "health"'],
    [{ http: 'http://a:99999/' }, 'cannot be used'],
    [{ tcp: 0 }, 'tcp 0'],
    [{ exec: [] }, 'exec []'],
    [{ tcp: 80, interval: 5 }, 'interval 5'],
    [{ tcp: 80, timeout: 'soon' }, 'timeout "soon"'],
    [{ tcp: 80, success_threshold: 0 }, 'success_threshold 0'],
    [3000, '3000 cannot be used'],
  ])('%j is refused', (raw, words) => {
    expect(checkOf(raw)).toContain(words);
  });

  it('never throws, whatever the value is', () => {
    fc.assert(
      fc.property(fc.anything(), (raw) => {
        readProbe(raw);
      }),
    );
  });
});

describe('of an app', () => {
  it('reads every setting, in both styles of writing', async () => {
    const probe = {
      http: '/',
      interval: '2s',
      timeout: 500,
      failureThreshold: 5,
      success_threshold: '2',
      startPeriod: '1m',
    };
    const { health, readiness, declared } = await specOf({ script: 'app.js', livenessProbe: probe }, context);
    expect(health).toEqual({
      readiness: null,
      liveness: {
        check: http,
        intervalMs: 2_000,
        timeoutMs: 500,
        failureThreshold: 5,
        successThreshold: 2,
        startPeriodMs: 60_000,
      },
      eventLoopLimitMs: 5_000,
      eventLoopRestart: false,
    });
    expect(readiness.probed).toBeUndefined();
    expect(declared.liveness_probe).toMatchObject({ http: '/', failure_threshold: 5 });
  });

  it('a readiness probe gates, within 60 s unless listen_timeout says otherwise', async () => {
    const app = { script: 'app.js', readiness_probe: '/' };
    expect((await specOf(app, context)).readiness).toMatchObject({ listenTimeoutMs: 60_000, probed: true });
    expect((await specOf({ ...app, listen_timeout: '5s' }, context)).readiness.listenTimeoutMs).toBe(5_000);
    const { notes } = await specsOf([{ ...app, wait_ready: true }], context);
    expect(notes.join()).toContain('wait_ready has no effect beside a readiness_probe');
  });

  it('0 turns the watch over the event loop off', async () => {
    expect((await specOf({ script: 'app.js', event_loop_limit: 0 }, context)).health?.eventLoopLimitMs).toBeNull();
    expect((await specOf({ script: 'app.js', event_loop_limit: '1s' }, context)).health?.eventLoopLimitMs).toBe(1_000);
  });

  it('a mistake names its path and what is expected', async () => {
    const { message } = await failureOf([{ script: 'app.js', readiness_probe: { http: '/', intervall: 1 } }], context, {
      file: '/work/eco.config.js',
    });
    expect(message).toBe(
      "apps[0].readiness_probe: 'intervall' is not a setting of a probe - did you mean 'interval'?; expected http, tcp, exec, interval, timeout, start_period, failure_threshold, success_threshold",
    );
  });

  it('an update of something else keeps the probes, and null takes them away', async () => {
    const spec = await specOf({ script: 'app.js', readiness_probe: { tcp: 80, interval: '1s' } }, context);
    const kept = await updateSpec(spec, { max_restarts: 3 }, context);
    expect(kept).toMatchObject({ ok: true, value: { spec: { health: spec.health, readiness: { probed: true } } } });
    const gone = await updateSpec(spec, { readiness_probe: 'null' }, context);
    expect(gone).toMatchObject({ ok: true, value: { spec: { health: { readiness: null } } } });
  });
});
