import fc from 'fast-check';
import protobuf from 'protobufjs';
import { expect, it } from 'vitest';
import { encodeMessage, messageType } from '../../src/core/protobuf.js';

const SCHEMA = `
syntax = "proto3";
message Inner {
  string name = 1;
  repeated int64 sizes = 2;
}
message Outer {
  int64 count = 1;
  float single = 2;
  double exact = 3;
  string text = 4;
  bytes data = 5;
  Inner inner = 6;
  repeated Inner list = 7;
  repeated string names = 8;
  repeated double numbers = 16;
  oneof one {
    float chosen = 2047;
  }
}
`;

const inner = messageType({ name: { id: 1, kind: 'string' }, sizes: { id: 2, kind: 'int', list: true } });
const outer = messageType({
  count: { id: 1, kind: 'int' },
  single: { id: 2, kind: 'float' },
  exact: { id: 3, kind: 'double' },
  text: { id: 4, kind: 'string' },
  data: { id: 5, kind: 'bytes' },
  inner: { id: 6, kind: inner },
  list: { id: 7, kind: inner, list: true },
  names: { id: 8, kind: 'string', list: true },
  numbers: { id: 16, kind: 'double', list: true },
  chosen: { id: 2047, kind: 'float', always: true },
});

const judge = protobuf.parse(SCHEMA).root.lookupType('Outer');

const whole = fc.oneof(fc.maxSafeInteger(), fc.integer({ min: -300, max: 300 }));
const anyInner = fc.record({ name: fc.string({ unit: 'binary' }), sizes: fc.array(whole) });
// Numbers but -0, which the format has two opinions on.
const single = fc.float({ noNaN: true }).filter((x) => !Object.is(x, -0));
const exact = fc.double({ noNaN: true }).filter((x) => !Object.is(x, -0));
const anyOuter = fc.record(
  {
    count: whole,
    single,
    exact,
    text: fc.string({ unit: 'binary' }),
    data: fc.uint8Array({ maxLength: 10_000 }),
    inner: anyInner,
    list: fc.array(anyInner),
    names: fc.array(fc.string()),
    numbers: fc.array(exact),
    chosen: single,
  },
  { requiredKeys: [] },
);

it('writes the bytes that protobufjs writes', () => {
  fc.assert(
    fc.property(anyOuter, (message) => {
      const expected = judge.encode(judge.fromObject(message)).finish();
      expect(Buffer.from(encodeMessage(outer, message)).equals(Buffer.from(expected))).toBe(true);
    }),
    { numRuns: 500 },
  );
});
