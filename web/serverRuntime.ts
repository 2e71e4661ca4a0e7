import { DataError } from '../src/core/errors.js';
import { isObject } from '../src/core/isObject.js';
import type { Runtime, RuntimeSession, RuntimeTensor } from './contract.js';
import { bytesOfTensors, tensorsOfBytes } from './tensorBytes.js';

/** What a server says went wrong. */
function messageOf(text: string): string {
  try {
    const body: unknown = JSON.parse(text);
    const error = isObject(body) ? body.error : undefined;
    if (isObject(error) && typeof error.message === 'string') return error.message;
  } catch {
    // Not the server's own words: the text as it is.
  }
  return text;
}

async function post(url: string, body: Uint8Array<ArrayBuffer>): Promise<Response> {
  const response = await fetch(url, { method: 'POST', body }).catch(() => undefined);
  if (!response) {
    throw new DataError("server: no answer; is 'pavlov play' still running? Start it again and reload");
  }
  if (response.ok) return response;
  throw new DataError(`server: ${messageOf(await response.text()) || response.statusText}`);
}

class ServerSession implements RuntimeSession {
  constructor(private readonly url: string) {}

  async run(feeds: Readonly<Record<string, RuntimeTensor>>): Promise<Readonly<Record<string, unknown>>> {
    const response = await post(this.url, bytesOfTensors(feeds));
    return tensorsOfBytes(new Uint8Array(await response.arrayBuffer()));
  }

  async release(): Promise<void> {
    // The server's sessions keep nothing of a page, and are shared by all.
  }
}

/**
 * A runtime whose sessions run in the process of `pavlov play`.
 *
 * @param base address of the page's folder, such as `'.'`
 */
export function serverRuntime(base: string): Runtime {
  return {
    Tensor: class implements RuntimeTensor {
      constructor(
        _type: string,
        readonly data: Float32Array | BigInt64Array,
        readonly dims: readonly number[],
      ) {}
    },
    InferenceSession: {
      async create(bytes) {
        const response = await post(`${base}/session`, Uint8Array.from(bytes));
        const { session } = (await response.json()) as { session: string }; // the server's own answer
        return new ServerSession(`${base}/session/${session}`);
      },
    },
  };
}
