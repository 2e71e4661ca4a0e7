import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fetchTinyStories, loadCorpus, TINY_STORIES_ADDRESS } from '../../../data/index.js';
import { FileServer } from './support/fileServer.js';

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

describe('fetchTinyStories', () => {
  const stories = Buffer.from('Once there was a bell.\n<|endoftext|>\nThe dog ran.\n<|endoftext|>\n');
  const kinds: string[] = [];
  const target = () => join(folder, 'tinystories');

  let server: FileServer;
  let folder: string;

  beforeEach(async () => {
    server = new FileServer();
    server.body = stories;
    await server.start();
    folder = mkdtempSync(join(tmpdir(), 'pavlov-tinystories-'));
  });

  afterEach(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('knows the public address', () => {
    expect(TINY_STORIES_ADDRESS).toBe('https://huggingface.co/datasets/roneneldan/TinyStories/resolve/main/');
  });

  it('downloads both files under the names that loadCorpus reads', async () => {
    const baseUrl = new URL('.', server.url).href;
    const files = await fetchTinyStories(target(), { baseUrl, onEvent: (event) => kinds.push(event.type) });
    expect(files.map((file) => file.path)).toEqual(
      ['val.txt', 'train.txt'].map((name) => join(target(), name)),
    );
    const corpus = await loadCorpus(target());
    expect([...corpus.train]).toEqual(['Once there was a bell.', 'The dog ran.']);
    expect(kinds.filter((type) => type !== 'progress')).toEqual(['done', 'done']);
  });

  it('checks known hashes by the remote name', async () => {
    const baseUrl = new URL('.', server.url).href.slice(0, -1);
    const hashes = { 'TinyStoriesV2-GPT4-train.txt': sha256(Buffer.from('another file')) };
    await expect(fetchTinyStories(target(), { baseUrl, sha256: hashes })).rejects.toThrow('train.txt');
    expect(readdirSync(target())).toEqual(['val.txt']);
  });

  it('copies a local folder', async () => {
    const from = join(folder, 'mine');
    mkdirSync(from);
    const names = ['TinyStoriesV2-GPT4-train.txt', 'TinyStoriesV2-GPT4-valid.txt'];
    for (const name of names) writeFileSync(join(from, name), stories);
    const files = await fetchTinyStories(target(), { from });
    expect(files.every((file) => file.sha256 === sha256(stories))).toBe(true);
    expect(readdirSync(target()).sort()).toEqual(names);
    expect([...(await loadCorpus(target())).validation]).toHaveLength(2);
  });

  it('stops copying when told to, and leaves no part', async () => {
    const from = join(folder, 'mine');
    mkdirSync(from);
    for (const name of ['train.txt', 'val.txt']) writeFileSync(join(from, name), stories);
    const stop = new AbortController();
    const onEvent = (): void => stop.abort(new Error('enough'));
    await expect(fetchTinyStories(target(), { from, signal: stop.signal, onEvent })).rejects.toThrow(
      'enough',
    );
    expect(readdirSync(target())).toEqual(['val.txt']);
  });

  it('names what a local folder lacks', async () => {
    await expect(fetchTinyStories(target(), { from: join(folder, 'nowhere') })).rejects.toThrow(
      'expected a file that can be read, got ENOENT; check the path',
    );
    writeFileSync(join(folder, 'notes.txt'), stories);
    await expect(fetchTinyStories(target(), { from: folder })).rejects.toThrow(
      'expected train and val files, got notes.txt; name them train.txt and val.txt',
    );
  });
});
