import { messageType as message, type Field, type MessageType } from '../../../core/protobuf.js';

/*
 * The part of ONNX's messages that this engine writes (onnx.proto3, IR version 10). Field numbers are the format's; fields
 * never written here are left out.
 */

const tensor = message({
  dims: { id: 1, kind: 'int', list: true },
  dataType: { id: 2, kind: 'int' },
  name: { id: 8, kind: 'string' },
  rawData: { id: 9, kind: 'bytes' },
});

const dimension = message({ dimValue: { id: 1, kind: 'int' }, dimParam: { id: 2, kind: 'string' } });
const shape = message({ dim: { id: 1, kind: dimension, list: true } });
const tensorType = message({ elemType: { id: 1, kind: 'int' }, shape: { id: 2, kind: shape } });
const type = message({ tensorType: { id: 1, kind: tensorType } });
const valueInfo = message({ name: { id: 1, kind: 'string' }, type: { id: 2, kind: type } });

const attributeFields = new Map<string, Field>();
const attribute: MessageType = attributeFields;

const node = message({
  input: { id: 1, kind: 'string', list: true },
  output: { id: 2, kind: 'string', list: true },
  name: { id: 3, kind: 'string' },
  opType: { id: 4, kind: 'string' },
  attribute: { id: 5, kind: attribute, list: true },
  domain: { id: 7, kind: 'string' },
});

const graph = message({
  node: { id: 1, kind: node, list: true },
  name: { id: 2, kind: 'string' },
  initializer: { id: 5, kind: tensor, list: true },
  input: { id: 11, kind: valueInfo, list: true },
  output: { id: 12, kind: valueInfo, list: true },
});

// An attribute may hold a graph, whose nodes have attributes.
attributeFields
  .set('name', { id: 1, kind: 'string' })
  .set('f', { id: 2, kind: 'float' })
  .set('i', { id: 3, kind: 'int' })
  .set('s', { id: 4, kind: 'bytes' })
  .set('g', { id: 6, kind: graph })
  .set('ints', { id: 8, kind: 'int', list: true })
  .set('type', { id: 20, kind: 'int' });

const operatorSet = message({ domain: { id: 1, kind: 'string' }, version: { id: 2, kind: 'int' } });

/** The file of a model. */
export const modelType = message({
  irVersion: { id: 1, kind: 'int' },
  producerName: { id: 2, kind: 'string' },
  graph: { id: 7, kind: graph },
  opsetImport: { id: 8, kind: operatorSet, list: true },
});
