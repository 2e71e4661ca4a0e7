import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';

/** A message of the DevTools protocol: an answer has an id, an event a method. */
interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
}

type Parameters = Readonly<Record<string, unknown>>;
type Listener = (method: string, params: Parameters) => void;

const START_MS = 30_000;

/** Where Debian and others put the browser; CHROMIUM names another place. */
export function findChromium(): string | undefined {
  const named = process.env.CHROMIUM;
  const folders = (process.env.PATH ?? '').split(':');
  const names = ['chromium', 'chromium-browser', 'google-chrome'];
  const places = names.flatMap((name) => folders.map((folder) => `${folder}/${name}`));
  return [...(named === undefined ? [] : [named]), ...places].find((place) => existsSync(place));
}

/** A headless browser with one page, spoken to by the DevTools protocol over a pipe. */
export class Browser {
  private readonly waiting = new Map<
    number,
    { resolve: (result: Parameters) => void; reject: (error: Error) => void }
  >();
  private readonly listeners = new Set<Listener>();
  private readonly input: Writable;
  private session: string | undefined;
  private lastId = 0;
  private rest = '';

  private constructor(private readonly child: ChildProcess) {
    // Pipes 3 and 4 were asked for below, so they are there and of these kinds.
    this.input = child.stdio[3] as Writable;
    (child.stdio[4] as Readable).setEncoding('utf8').on('data', (chunk: string) => this.read(chunk));
    child.on('exit', (code) => this.fail(new Error(`chromium ended with code ${code ?? 'none'}`)));
    child.on('error', (error) => this.fail(error));
  }

  /**
   * Starts the browser with an empty profile in the folder and opens a page.
   *
   * @param gpu the flags that say what draws and computes
   */
  static async open(
    program: string,
    profile: string,
    gpu: readonly string[] = ['--disable-gpu'],
  ): Promise<Browser> {
    const root = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    const flags = ['--headless', '--remote-debugging-pipe', '--no-first-run', '--hide-scrollbars', ...gpu];
    const child = spawn(program, [...flags, ...root, `--user-data-dir=${profile}`, 'about:blank'], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    });
    const browser = new Browser(child);
    const { targetId } = await browser.send('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await browser.send('Target.attachToTarget', { targetId, flatten: true });
    browser.session = String(sessionId);
    for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await browser.send(`${domain}.enable`);
    return browser;
  }

  private fail(error: Error): void {
    for (const { reject } of this.waiting.values()) reject(error);
    this.waiting.clear();
  }

  private read(chunk: string): void {
    // Only what is new is searched: Chromium tells of a request with all that it sends, which may be a model.
    const parts = chunk.split('\0');
    parts[0] = this.rest + (parts[0] ?? '');
    this.rest = parts.pop() ?? '';
    // What the browser sends is the protocol's JSON.
    for (const part of parts) this.receive(JSON.parse(part) as Message);
  }

  private receive({ id, method, params = {}, result = {}, error }: Message): void {
    if (method !== undefined) for (const listener of this.listeners) listener(method, params);
    const waiter = id === undefined ? undefined : this.waiting.get(id);
    if (id === undefined || !waiter) return;
    this.waiting.delete(id);
    if (error) waiter.reject(new Error(error.message));
    else waiter.resolve(result);
  }

  /** Calls a method of the protocol. */
  send(method: string, params: Parameters = {}): Promise<Parameters> {
    const id = ++this.lastId;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`chromium: no answer to ${method}`)), START_MS);
      const done =
        <T>(then: (value: T) => void) =>
        (value: T): void => {
          clearTimeout(timer);
          then(value);
        };
      this.waiting.set(id, { resolve: done(resolve), reject: done(reject) });
      const session = this.session === undefined ? {} : { sessionId: this.session };
      this.input.write(`${JSON.stringify({ id, method, params, ...session })}\0`);
    });
  }

  /** Hears all events while the work runs. */
  async listening<T>(listener: Listener, work: () => Promise<T>): Promise<T> {
    this.listeners.add(listener);
    try {
      return await work();
    } finally {
      this.listeners.delete(listener);
    }
  }

  /** Goes to an address and waits until the page and what it asks for are loaded. */
  async load(url: string): Promise<void> {
    let loaded = (): void => undefined;
    const load = new Promise<void>((resolve) => (loaded = resolve));
    await this.listening(
      (method) => (method === 'Page.loadEventFired' ? loaded() : undefined),
      async () => {
        await this.send('Page.navigate', { url });
        await load;
      },
    );
  }

  /** Value of an expression in the page. */
  async evaluate(expression: string): Promise<unknown> {
    const { result, exceptionDetails } = await this.send('Runtime.evaluate', {
      expression,
      returnByValue: true,
    });
    if (exceptionDetails) throw new Error(`in the page: ${JSON.stringify(exceptionDetails)}`);
    return (result as { readonly value: unknown }).value; // Runtime.evaluate always has a result
  }

  /** Ends the browser and waits for it. */
  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    await this.send('Browser.close').catch(() => this.child.kill());
    await ended;
  }
}
