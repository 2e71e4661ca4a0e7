import protobuf from 'protobufjs';
/** Message types by name, for `encode`. */
export declare const modelType: protobuf.Type;
