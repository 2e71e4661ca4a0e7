import protobuf from 'protobufjs';

/**
 * The part of ONNX's protobuf schema that this engine writes (onnx.proto3, IR version 10).
 * Field numbers are the format's; fields never written here are left out.
 */
const messages = {
  Attribute: {
    fields: {
      name: { type: 'string', id: 1 },
      f: { type: 'float', id: 2 },
      i: { type: 'int64', id: 3 },
      s: { type: 'bytes', id: 4 },
      g: { type: 'Graph', id: 6 },
      floats: { rule: 'repeated', type: 'float', id: 7 },
      ints: { rule: 'repeated', type: 'int64', id: 8 },
      type: { type: 'int32', id: 20 },
    },
  },
  Node: {
    fields: {
      input: { rule: 'repeated', type: 'string', id: 1 },
      output: { rule: 'repeated', type: 'string', id: 2 },
      name: { type: 'string', id: 3 },
      opType: { type: 'string', id: 4 },
      attribute: { rule: 'repeated', type: 'Attribute', id: 5 },
      domain: { type: 'string', id: 7 },
    },
  },
  TensorData: {
    fields: {
      dims: { rule: 'repeated', type: 'int64', id: 1 },
      dataType: { type: 'int32', id: 2 },
      name: { type: 'string', id: 8 },
      rawData: { type: 'bytes', id: 9 },
    },
  },
  Dimension: { fields: { dimValue: { type: 'int64', id: 1 }, dimParam: { type: 'string', id: 2 } } },
  Shape: { fields: { dim: { rule: 'repeated', type: 'Dimension', id: 1 } } },
  TensorType: { fields: { elemType: { type: 'int32', id: 1 }, shape: { type: 'Shape', id: 2 } } },
  Type: { fields: { tensorType: { type: 'TensorType', id: 1 } } },
  ValueInfo: { fields: { name: { type: 'string', id: 1 }, type: { type: 'Type', id: 2 } } },
  Graph: {
    fields: {
      node: { rule: 'repeated', type: 'Node', id: 1 },
      name: { type: 'string', id: 2 },
      initializer: { rule: 'repeated', type: 'TensorData', id: 5 },
      input: { rule: 'repeated', type: 'ValueInfo', id: 11 },
      output: { rule: 'repeated', type: 'ValueInfo', id: 12 },
    },
  },
  OperatorSet: { fields: { domain: { type: 'string', id: 1 }, version: { type: 'int64', id: 2 } } },
  Model: {
    fields: {
      irVersion: { type: 'int64', id: 1 },
      producerName: { type: 'string', id: 2 },
      graph: { type: 'Graph', id: 7 },
      opsetImport: { rule: 'repeated', type: 'OperatorSet', id: 8 },
    },
  },
};

/** Message types by name, for `encode`. */
export const modelType: protobuf.Type = protobuf.Root.fromJSON({ nested: messages }).lookupType('Model');
