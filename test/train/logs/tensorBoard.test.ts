import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { histogramOf } from '../../../train/logs/eventMessages.js';
import { TensorBoardLog } from '../../../train/logs/tensorBoard.js';
import { maskedCrc32c } from '../../../train/logs/tfRecord.js';
import { doublesIn, inside, readFields, readRecords, textIn, type Fields } from './eventReader.js';

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('CRC-32C', () => {
  const crc32c = (bytes: Uint8Array): number => {
    const rotated = (maskedCrc32c(bytes) - 0xa282ead8) >>> 0;
    return ((rotated << 15) | (rotated >>> 17)) >>> 0;
  };

  it('has the published check values, of which RFC 3720 gives three', () => {
    expect(crc32c(ascii('123456789'))).toBe(0xe3069283);
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
  });

  it('is masked by a rotation and a constant', () => {
    const crc = 0xe3069283;
    const rotated = ((crc >>> 15) | (crc << 17)) >>> 0;
    expect(maskedCrc32c(ascii('123456789'))).toBe((rotated + 0xa282ead8) % 2 ** 32);
  });
});

describe('histogramOf', () => {
  it('counts every value once, also the smallest and the largest', () => {
    const histogram = histogramOf(Float32Array.of(0, 1, 2, 3, 4, 4), 4);
    expect(histogram).toEqual({
      min: 0,
      max: 4,
      num: 6,
      sum: 14,
      sumSquares: 46,
      bucketLimit: [1, 2, 3, 4],
      bucket: [2, 1, 1, 2],
    });
  });

  it('holds values that are all the same', () => {
    const { bucket, min, max } = histogramOf(Float32Array.of(0.5, 0.5), 3);
    expect([min, max]).toEqual([0.5, 0.5]);
    expect(bucket.reduce((a, b) => a + b)).toBe(2);
  });

  it('leaves out no value to rounding', () => {
    const values = Float32Array.from({ length: 1000 }, (_, i) => Math.sin(i) / 3 + 0.1);
    const { bucket, bucketLimit, max } = histogramOf(values);
    expect(bucket.reduce((a, b) => a + b)).toBe(1000);
    expect(bucketLimit.at(-1)).toBe(max);
  });
});

describe('TensorBoardLog', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pavlov-board-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  const clock = (): number => 1_700_000_000_250;

  async function eventsOf(write: (log: TensorBoardLog) => Promise<void>): Promise<Fields[]> {
    const log = await TensorBoardLog.open(folder, 1, clock);
    await write(log);
    await log.close();
    const [name] = await readdir(folder);
    expect(name).toMatch(/^events\.out\.tfevents\.1700000000\./);
    return readRecords(await readFile(join(folder, name!))).map(readFields);
  }

  it('begins with the version of the format and the start of the session', async () => {
    const [first, second] = await eventsOf(async () => undefined);
    expect(textIn(first!, 3)).toBe('brain.Event:2');
    expect(first!.get(1)).toEqual([1_700_000_000.25]);
    expect(second!.get(2)).toEqual([1]);
    expect(inside(second!, 7).get(1)).toEqual([1]);
  });

  it('writes scalars under their tags and step', async () => {
    const events = await eventsOf(async (log) => log.scalars(70_000, { 'loss/train': 1.5, rate: 0.25 }));
    expect(events[2]!.get(2)).toEqual([70_000]);
    const summary = inside(events[2]!, 5);
    const values = summary.get(1)!.map((_, i) => inside(summary, 1, i));
    expect(values.map((value) => [textIn(value, 1), value.get(2)])).toEqual([
      ['loss/train', [1.5]],
      ['rate', [0.25]],
    ]);
  });

  it('writes histograms with packed buckets', async () => {
    const values = Float32Array.of(0, 1, 1, 2);
    const events = await eventsOf(async (log) => log.histograms(3, { 'beta/block 0/head 1': values }));
    const value = inside(inside(events[2]!, 5), 1);
    expect(textIn(value, 1)).toBe('beta/block 0/head 1');
    const histogram = inside(value, 5);
    expect([2, 3, 4, 5].map((field) => histogram.get(field)![0])).toEqual([2, 4, 4, 6]);
    expect(doublesIn(histogram, 6)).toEqual([...histogramOf(values).bucketLimit]);
    expect(doublesIn(histogram, 7)).toEqual([...histogramOf(values).bucket]);
  });

  it('writes a text as a string tensor of the text plugin', async () => {
    const events = await eventsOf(async (log) => log.text(4, 'sample', 'Zoë said “hi”.'));
    const value = inside(inside(events[2]!, 5), 1);
    expect(textIn(inside(inside(value, 9), 1), 1)).toBe('text');
    const tensor = inside(value, 8);
    expect(tensor.get(1)).toEqual([7]);
    expect(inside(inside(tensor, 2), 2).get(1)).toEqual([1]);
    expect(textIn(tensor, 8)).toBe('Zoë said “hi”.');
  });

  it('begins another file in a folder that has one', async () => {
    for (let i = 0; i < 2; i++) await (await TensorBoardLog.open(folder, 1, clock)).close();
    expect(await readdir(folder)).toHaveLength(2);
  });
});
