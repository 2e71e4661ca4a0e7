/** What an operating system's refusal means and what helps, by its code. */
const advice: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full; free some space',
  EDQUOT: 'the disk quota is used up; free some space',
  EFBIG: 'the file is larger than allowed; raise the limit on file sizes',
  EACCES: 'permission denied; make it accessible or choose another place',
  EPERM: 'permission denied; make it accessible or choose another place',
  EROFS: 'the file system is read-only; choose another place',
  ENOENT: 'check the path',
  ENOTDIR: 'a file is in the way; choose another folder',
  EISDIR: 'it is a folder; name a file',
  NOT_A_FILE: 'it is a device, a pipe or a socket; name a file',
  TOO_LARGE: 'it is larger than such a file can be; name another',
  EEXIST: 'something of that name is in the way; move it away',
  ENOTEMPTY: 'the folder is not empty; move away what is in it',
  ENAMETOOLONG: 'the name is too long; choose a shorter one',
  ELOOP: 'a link is in the place of a file, or links lead in a circle; check the path',
  EBUSY: 'something else uses it; close that and try again',
  EMFILE: 'too many files are open; raise the limit on open files',
  ENFILE: 'too many files are open on this machine; close some',
  EIO: 'the disk failed; check it',
  ESTALE: 'the network disk failed; try again',
  E2BIG: 'the command line and the environment are too long; shorten them',
  EAGAIN: 'no further process or thread could be started; end others or raise the limit',
};

/** The operating system's code of an error, such as `ENOENT`; undefined where it has none. */
export const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

/** What to tell the user about a code of the operating system; undefined for one that nothing is known of. */
export const diskAdvice = (code: string): string | undefined =>
  Object.hasOwn(advice, code) ? advice[code] : undefined;
