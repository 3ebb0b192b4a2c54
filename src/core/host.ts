/**
 * What the machine does, from two readings of the kernel's counters. Without it as a function of two readings every
 * reader would keep state of its own, and a counter that was reset would show as a negative rate.
 */

/** Counters since the boot of the machine; null: this source cannot be read here. */
export interface HostCounters {
  readonly at: number;
  readonly cpu: { readonly busyMs: number; readonly totalMs: number };
  readonly memory: HostMemory;
  readonly disk: { readonly readBytes: number; readonly writtenBytes: number } | null;
  readonly interfaces: readonly InterfaceCounters[];
  /** Celsius. */
  readonly temperature: number | null;
}

export interface HostMemory {
  readonly totalBytes: number;
  readonly availableBytes: number;
}

export interface InterfaceCounters {
  readonly name: string;
  readonly receivedBytes: number;
  readonly sentBytes: number;
  readonly receiveErrors: number;
  readonly sendErrors: number;
  readonly receiveDrops: number;
  readonly sendDrops: number;
}

export interface FileSystemUse {
  readonly mount: string;
  readonly sizeBytes: number;
  /** 0 to 100. */
  readonly usedPercent: number;
}

/** One look at the machine; rates are averages over `spanMs`. */
export interface HostView {
  readonly at: number;
  readonly spanMs: number;
  /** Of all CPUs together, 0 to 100. */
  readonly cpuPercent: number;
  readonly temperature: number | null;
  readonly memory: HostMemory;
  /** Bytes per second. */
  readonly disk: { readonly read: number; readonly written: number } | null;
  readonly interfaces: readonly InterfaceRates[];
  readonly fileSystems: readonly FileSystemUse[];
}

/** Bytes per second, and errors and drops per minute. */
export interface InterfaceRates {
  readonly name: string;
  readonly received: number;
  readonly sent: number;
  readonly receiveErrors: number;
  readonly sendErrors: number;
  readonly receiveDrops: number;
  readonly sendDrops: number;
}

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;

const percentOf = (part: number, whole: number): number =>
  whole <= 0 ? 0 : Math.min(100, Math.max(0, (part / whole) * 100));

export function hostView(before: HostCounters, now: HostCounters, fileSystems: readonly FileSystemUse[]): HostView {
  const spanMs = Math.max(1, now.at - before.at);
  // A counter that was reset (an interface that came anew) counts as nothing.
  const rate = (old: number, fresh: number, unitMs: number): number => (Math.max(0, fresh - old) / spanMs) * unitMs;
  const interfaces = now.interfaces.flatMap((fresh) => {
    const old = before.interfaces.find(({ name }) => name === fresh.name);
    if (old === undefined) return [];
    return [
      {
        name: fresh.name,
        received: rate(old.receivedBytes, fresh.receivedBytes, SECOND_MS),
        sent: rate(old.sentBytes, fresh.sentBytes, SECOND_MS),
        receiveErrors: rate(old.receiveErrors, fresh.receiveErrors, MINUTE_MS),
        sendErrors: rate(old.sendErrors, fresh.sendErrors, MINUTE_MS),
        receiveDrops: rate(old.receiveDrops, fresh.receiveDrops, MINUTE_MS),
        sendDrops: rate(old.sendDrops, fresh.sendDrops, MINUTE_MS),
      },
    ];
  });
  return {
    at: now.at,
    spanMs,
    cpuPercent: percentOf(now.cpu.busyMs - before.cpu.busyMs, now.cpu.totalMs - before.cpu.totalMs),
    temperature: now.temperature,
    memory: now.memory,
    disk:
      now.disk === null || before.disk === null
        ? null
        : {
            read: rate(before.disk.readBytes, now.disk.readBytes, SECOND_MS),
            written: rate(before.disk.writtenBytes, now.disk.writtenBytes, SECOND_MS),
          },
    interfaces,
    fileSystems,
  };
}
