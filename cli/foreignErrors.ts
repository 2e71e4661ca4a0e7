import { codeOf, diskAdvice } from '../src/core/diskErrors.js';
import { EXIT } from './verbs/contract.js';

/** An error as the terminal shows it. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly exitCode: number;
}

/** A kind of error that the system or a package throws and that is no fault of this one. */
interface Foreign {
  /** For `--json`. */
  readonly code: string;
  /** Found in the error's name, code and message. */
  readonly pattern: RegExp;
  /** What to do about it. */
  readonly advice: string;
  readonly exitCode: number;
}

const MEMORY: Foreign = {
  code: 'MEMORY',
  pattern:
    /RangeError .*Invalid (typed array|array buffer|array|string) length|allocation failed|maximum size exceeded|ERR_(WORKER_)?OUT_OF_MEMORY|ERR_OUT_OF_RANGE .*"size"|failed to allocate|out of memory|bad.?alloc|ENOMEM/i,
  advice: 'it does not fit into memory; make the model, the batch or the data smaller',
  exitCode: EXIT.user,
};

/** What the system and the packages of this one can throw, in the order in which it is looked for. */
export const foreignErrors: readonly Foreign[] = [
  MEMORY,
  {
    code: 'TOO_LONG',
    pattern: /ERR_STRING_TOO_LONG|ERR_FS_FILE_TOO_LARGE/,
    advice: 'it is longer than Node can read at once; split the file',
    exitCode: EXIT.data,
  },
  {
    code: 'INSTALLATION',
    pattern: /ERR_MODULE_NOT_FOUND|MODULE_NOT_FOUND|ERR_DLOPEN_FAILED/,
    advice:
      'a package is missing or not made for this system, or too few files may be open (ulimit -n); install again',
    exitCode: EXIT.user,
  },
  {
    code: 'ENGINE',
    pattern: /^(Error|OperationError|GPU\w+) .*(webgpu|device (was |is )?lost|VK_ERROR|cuda)/i,
    advice: "the device failed; see what works with 'pavlov doctor', or use --device cpu",
    exitCode: EXIT.user,
  },
  {
    code: 'ENGINE',
    pattern:
      /^Error .*(onnxruntime|Non-zero status code|protobuf)|^RangeError .*index out of range: \d+ \+ \d+ > \d+/i,
    advice: 'ONNX Runtime refused the graph; use --engine eager, or make the model smaller',
    exitCode: EXIT.user,
  },
  {
    code: 'CONFIG',
    pattern: /^YAML|Unresolved alias|Excessive alias count|ERR_INVALID_URL/,
    advice: 'check the settings',
    exitCode: EXIT.user,
  },
  {
    code: 'NETWORK',
    pattern:
      /fetch failed|ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|UND_ERR_|CERT_/,
    advice: 'check the address and the network, and try again',
    exitCode: EXIT.data,
  },
  {
    code: 'DATA',
    pattern:
      /^\$?ZodError|^Error .*parquet|Z_(DATA|BUF|MEM)_ERROR|SyntaxError .*JSON|ERR_ENCODING_INVALID_ENCODED_DATA/,
    advice: 'a file is damaged or of another kind',
    exitCode: EXIT.data,
  },
];

/** Name, code and message of an error and of what caused it, as patterns look at them. */
function textOf(error: Error): string {
  const own = `${error.name} ${codeOf(error) ?? ''} ${error.message}`;
  return error.cause instanceof Error ? `${own} ${textOf(error.cause)}` : own;
}

/** Whether an error says that memory did not suffice. */
export function isMemoryFault(error: unknown): boolean {
  return error instanceof Error && MEMORY.pattern.test(textOf(error));
}

/** The system's refusal of a file or a process. */
function systemFailure(error: NodeJS.ErrnoException): Failure | undefined {
  const code = error.code ?? '';
  const advice = diskAdvice(code);
  if (advice === undefined || error.syscall === undefined) return undefined;
  const message = `${error.path ?? 'disk'}: ${error.syscall} failed with ${code}; ${advice}`;
  return { code, message, exitCode: EXIT.data };
}

/** The first of what zod has found, which is a document of JSON in its message. */
function firstIssueOf(error: Error): string | undefined {
  if (!('issues' in error) || !Array.isArray(error.issues)) return undefined;
  const [issue] = error.issues as readonly {
    readonly path: readonly PropertyKey[];
    readonly message: string;
  }[]; // of zod
  return issue && [issue.path.map(String).join('.'), issue.message].filter((part) => part !== '').join(': ');
}

/** The innermost cause that has a message, in one line. */
function reasonOf(error: Error): string {
  const { message, cause } = error;
  const first = firstIssueOf(error) ?? message.split('\n')[0] ?? '';
  return cause instanceof Error && cause.message !== '' ? `${first}: ${reasonOf(cause)}` : first;
}

/** What is told of an error of the system or of a package; undefined for one that is none of theirs. */
export function foreignFailure(error: Error): Failure | undefined {
  const system = systemFailure(error);
  if (system) return system;
  const text = textOf(error);
  const found = foreignErrors.find(({ pattern }) => pattern.test(text));
  if (!found) return undefined;
  return { code: found.code, message: `${reasonOf(error)}; ${found.advice}`, exitCode: found.exitCode };
}
