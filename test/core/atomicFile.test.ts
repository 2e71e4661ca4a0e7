import { lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import {
  makeFolder,
  makeFolderIn,
  openToAppend,
  replaceFile,
  writeSynced,
} from '../../src/core/atomicFile.js';
import { temporaryFolder } from '../support/folder.js';

const folder = temporaryFolder();

it('replaces a file by its parts and leaves nothing else', async () => {
  const path = join(folder, 'whole.txt');
  writeFileSync(path, 'a longer text that was there');
  await replaceFile(path, ['one ', Buffer.from('two'), ' three']);
  expect(readFileSync(path, 'utf8')).toBe('one two three');
  expect(readdirSync(folder)).toEqual(['whole.txt']);
});

it('replaces a link, in its place or in that of the file beside it, and writes through neither', async () => {
  const [theirs, path] = [join(folder, 'theirs.txt'), join(folder, 'linked.txt')];
  writeFileSync(theirs, 'theirs');
  symlinkSync(theirs, path);
  symlinkSync(theirs, `${path}.${process.pid}.part`);
  await replaceFile(path, ['ours']);
  expect([readFileSync(theirs, 'utf8'), readFileSync(path, 'utf8')]).toEqual(['theirs', 'ours']);
  expect(lstatSync(path).isFile()).toBe(true);
  for (const name of ['theirs.txt', 'linked.txt']) rmSync(join(folder, name));
});

it.skipIf(process.platform === 'win32')('appends to a file, and to none that a link leads to', async () => {
  const [path, link] = [join(folder, 'log.txt'), join(folder, 'link.txt')];
  for (const line of ['one\n', 'two\n']) {
    const file = await openToAppend(path);
    await file.appendFile(line);
    await file.close();
  }
  symlinkSync(path, link);
  await expect(openToAppend(link)).rejects.toMatchObject({ code: 'ELOOP' });
  expect(readFileSync(path, 'utf8')).toBe('one\ntwo\n');
  for (const each of [path, link]) rmSync(each);
});

it('passes on why it cannot, and leaves the old state', async () => {
  const path = join(folder, 'taken');
  mkdirSync(join(path, 'full'), { recursive: true });
  await expect(replaceFile(path, ['text'])).rejects.toMatchObject({
    code: expect.stringMatching(/^E/) as string,
    path,
  });
  expect(readdirSync(folder).sort()).toEqual(['taken', 'whole.txt']);
});

it.skipIf(process.platform !== 'linux')('names the file that a full disk refuses', async () => {
  await expect(writeSynced('/dev/full', ['x'])).rejects.toMatchObject({ code: 'ENOSPC', path: '/dev/full' });
});

it('refuses to write over a file that must be new', async () => {
  await expect(writeSynced(join(folder, 'whole.txt'), ['x'], 'wx')).rejects.toMatchObject({ code: 'EEXIST' });
  expect(readFileSync(join(folder, 'whole.txt'), 'utf8')).toBe('one two three');
});

it('makes the folders that are missing and says which was the first', async () => {
  const deep = join(folder, 'a', 'b', 'c');
  expect(await makeFolder(deep)).toBe(join(folder, 'a'));
  expect(await makeFolder(deep)).toBeUndefined();
  symlinkSync(deep, join(folder, 'link'));
  expect(await makeFolder(join(folder, 'link', 'd'))).toBe(join(folder, 'link', 'd'));
  const beneathFile = makeFolder(join(folder, 'whole.txt', 'd'));
  await expect(beneathFile).rejects.toMatchObject({ code: 'ENOTDIR' });
  await expect(makeFolder(join(folder, 'whole.txt'))).rejects.toMatchObject({ code: 'EEXIST' });
});

it.skipIf(process.platform !== 'linux')('ends where a file system takes no folders', async () => {
  await expect(makeFolder('/proc/none/deep')).rejects.toMatchObject({ code: 'ENOENT' });
});

it('makes folders in one that may be a link, and follows none in it', async () => {
  const [theirs, root] = [join(folder, 'theirs'), join(folder, 'root')];
  mkdirSync(theirs);
  symlinkSync(theirs, root);
  expect(await makeFolderIn(root, 'cells', 'one')).toBe(join(root, 'cells', 'one'));
  expect(readdirSync(join(theirs, 'cells'))).toEqual(['one']);
  symlinkSync(folder, join(theirs, 'groups'));
  const fault = { code: 'ELOOP', path: join(root, 'groups') };
  for (const names of [['groups'], ['groups', 'one']])
    await expect(makeFolderIn(root, ...names)).rejects.toMatchObject(fault);
  expect(readdirSync(folder)).not.toContain('one');
});
