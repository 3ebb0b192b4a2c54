/** Numbers from 0 to 1 that a seed repeats: without it a failure at a random moment could not be had again. */
export function* random(seed: number): Generator<number, never> {
  for (let x = seed; ; ) {
    x = (x * 1_103_515_245 + 12_345) % 2 ** 31;
    yield x / 2 ** 31;
  }
}
