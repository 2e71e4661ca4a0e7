/** What a field holds; all other kinds of the format are left out. */
type Kind = 'string' | 'bytes' | 'float' | 'double' | 'int' | MessageType;

/** A field: its number and kind, and whether it is a list. */
export interface Field {
  readonly id: number;
  readonly kind: Kind;
  readonly list?: boolean;
  /** Whether 0 or nothing is written too, as where one of several fields must be there; else readers take it for left out. */
  readonly always?: boolean;
}

/** The fields of a kind of message by name, in the order of their numbers. */
export type MessageType = ReadonlyMap<string, Field>;

/** A kind of message, by its fields in the order of their numbers. */
export const messageType = (fields: Readonly<Record<string, Field>>): MessageType =>
  new Map(Object.entries(fields));

/** A message: the values of its fields by name. What is undefined is left out, as is a list of nothing. */
export type Message = object;

/** How the format says where a value ends. */
const WIRE = { varint: 0, eight: 1, sized: 2, four: 5 } as const;

const wireOf = (kind: Kind): number => {
  if (kind === 'int') return WIRE.varint;
  if (kind === 'float') return WIRE.four;
  return kind === 'double' ? WIRE.eight : WIRE.sized;
};

const encoder = new TextEncoder();

/** Bytes that grow as they are written. */
class Writer {
  private bytes = new Uint8Array(4096);
  private view = new DataView(this.bytes.buffer);
  private length = 0;

  /** Makes room for so many bytes, and gives the place of the first. */
  private take(count: number): number {
    const start = this.length;
    this.length += count;
    if (this.length > this.bytes.length) {
      const larger = new Uint8Array(Math.max(2 * this.bytes.length, this.length));
      larger.set(this.bytes);
      this.bytes = larger;
      this.view = new DataView(larger.buffer);
    }
    return start;
  }

  private byte(value: number): void {
    const at = this.take(1);
    this.bytes[at] = value;
  }

  /** A whole number, seven bits a byte; a negative one as the 64 bits of its two's complement. */
  varint(value: number): void {
    if (value < 0) {
      let rest = BigInt.asUintN(64, BigInt(value));
      for (; rest > 0x7fn; rest >>= 7n) this.byte(Number(rest & 0x7fn) | 0x80);
      this.byte(Number(rest));
      return;
    }
    let rest = value;
    for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) this.byte((rest % 0x80) | 0x80);
    this.byte(rest);
  }

  float(value: number): void {
    const at = this.take(4);
    this.view.setFloat32(at, value, true);
  }

  double(value: number): void {
    const at = this.take(8);
    this.view.setFloat64(at, value, true);
  }

  /** Bytes, with their number before them. */
  bytesOf(bytes: Uint8Array): void {
    this.varint(bytes.length);
    const at = this.take(bytes.length);
    this.bytes.set(bytes, at);
  }

  /** What `write` writes, with its length before it. */
  sized(write: () => void): void {
    const start = this.length;
    write();
    const end = this.length;
    this.varint(end - start);
    const prefix = this.bytes.slice(end, this.length);
    this.bytes.copyWithin(start + prefix.length, start, end);
    this.bytes.set(prefix, start);
  }

  finish(): Uint8Array {
    return this.bytes.slice(0, this.length);
  }
}

function writeValue(writer: Writer, kind: Kind, value: unknown): void {
  // The casts: a message has what its type says.
  if (kind === 'int') writer.varint(value as number);
  else if (kind === 'float') writer.float(value as number);
  else if (kind === 'double') writer.double(value as number);
  else if (kind === 'string') writer.bytesOf(encoder.encode(value as string));
  else if (kind === 'bytes') writer.bytesOf(value as Uint8Array);
  else writer.sized(() => writeMessage(writer, kind, value as Message));
}

/** Whether a reader takes a value that is left out for this one. */
const isDefault = (value: unknown): boolean =>
  value === '' || Object.is(value, 0) || (value instanceof Uint8Array && value.length === 0);

function writeMessage(writer: Writer, type: MessageType, message: Message): void {
  const values = message as Readonly<Record<string, unknown>>; // see `Message`
  const write = ({ id, kind }: Field, value: unknown): void => {
    writer.varint(id * 8 + wireOf(kind));
    writeValue(writer, kind, value);
  };
  for (const [name, field] of type) {
    const { id, kind, list = false, always = false } = field;
    const value = values[name];
    if (value === undefined) continue;
    if (!list) {
      if (always || !isDefault(value)) write(field, value);
      continue;
    }
    const items = value as readonly unknown[]; // see `Message`
    if (items.length === 0) continue;
    if (wireOf(kind) === WIRE.sized) for (const item of items) write(field, item);
    else {
      // Numbers lie in one piece.
      writer.varint(id * 8 + WIRE.sized);
      writer.sized(() => {
        for (const item of items) writeValue(writer, kind, item);
      });
    }
  }
}

/** The bytes of a message in the format of Protocol Buffers. */
export function encodeMessage(type: MessageType, message: Message): Uint8Array {
  const writer = new Writer();
  writeMessage(writer, type, message);
  return writer.finish();
}
